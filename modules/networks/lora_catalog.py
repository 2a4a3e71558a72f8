"""The LoRAs (and LyCORIS networks) on disk: listed with the names that prompts know them by."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modules.checkpoints.hashes import HashCache
from modules.checkpoints.header import read_header
from modules.checkpoints.scan import files_below, natural_key, printable
from modules.core.errors import CheckpointError
from modules.networks.data_hash import SHORT_HASH, data_hash
from modules.networks.lora_metadata import ALIAS, HASH, UNKNOWN, Version, parse_metadata, version_of
from modules.networks.options import BY_ALIAS

log = logging.getLogger(__name__)

SUFFIXES = (".safetensors", ".pt", ".ckpt")
NO_ALIASES = {"none", "addams"}
"""Names that trainers give to everything."""

State = tuple[int, int]


@dataclass(frozen=True)
class LoraOnDisk:
    """A LoRA's file.

    Attributes:
        name: the file's name without its ending; of files with the same name the later ones have their folder before
            it, so that each can be named.
        alias: the name that its trainer gave it; its own name if there is none.
        metadata: of its trainer, without pictures.
        sd_version: what it was trained on: SD1, SD2, SDXL or Unknown.
        hash: 64 hex digits of its contents, "" while they are not known.
        problem: why it cannot be used, in a sentence; None for a good one.
        state: time and size of the file when it was read.
    """

    name: str
    path: Path
    alias: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    sd_version: Version = UNKNOWN
    hash: str = ""
    problem: str | None = None
    state: State = (0, 0)

    @property
    def shorthash(self) -> str:
        """The hash as infotexts write it, 12 hex digits; "" while it is not known."""
        return self.hash[:SHORT_HASH]


class LoraCatalog:
    """The LoRAs of some folders. Safe to use from several threads; the lists it gives never change."""

    def __init__(self, folders: Sequence[Path], hashes: HashCache, *, hashing: bool = True) -> None:
        self._folders = tuple(folders)
        self._hashes = hashes
        self._hashing = hashing
        self._lock = threading.RLock()
        self._loras: tuple[LoraOnDisk, ...] | None = None
        self._names: dict[str, LoraOnDisk] = {}
        self._folded: dict[str, LoraOnDisk] = {}
        self._aliases: dict[str, LoraOnDisk] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where LoRAs lie; not all of them need exist."""
        return self._folders

    def list(self) -> tuple[LoraOnDisk, ...]:
        """Return all, in natural order."""
        with self._lock:
            if self._loras is None:
                self.refresh()
            return self._loras or ()

    def refresh(self) -> None:
        """Look at the folders again; files that have not changed are not read again."""
        with self._lock:
            known = {lora.path: lora for lora in self._loras or ()}
            found = [self._read(path, state, known.get(path)) for path, state in _files(self._folders)]
            self._keep(tuple(self._with_own_names(found)))

    def _keep(self, loras: tuple[LoraOnDisk, ...]) -> None:
        self._loras = loras
        self._names = {lora.name: lora for lora in loras}
        self._folded = {lora.name.casefold(): lora for lora in reversed(loras)}
        self._aliases = _unambiguous_aliases(loras)

    def _read(self, path: Path, state: State, known: LoraOnDisk | None) -> LoraOnDisk:
        if known is not None and known.state == state:
            return known
        name = printable(path.stem)
        try:
            metadata = parse_metadata(read_header(path).metadata) if path.suffix.lower() == ".safetensors" else {}
        except CheckpointError as error:
            log.warning("LoRA %s", error)
            return LoraOnDisk(name, path, name, problem=str(error), state=state)
        alias = printable(str(metadata.get(ALIAS) or "")) or name
        known_hash = str(metadata.get(HASH) or "") or self._hashes.get(path, _key(path)) or ""
        return LoraOnDisk(name, path, alias, metadata, version_of(metadata), known_hash, state=state)

    def _with_own_names(self, loras: Iterable[LoraOnDisk]) -> Iterable[LoraOnDisk]:
        taken: set[str] = set()
        for lora in loras:
            name = next(name for name in self._possible_names(lora.path) if name not in taken)
            taken.add(name)
            yield lora if lora.name == name else replace(lora, name=name)

    def _possible_names(self, path: Path) -> Iterable[str]:
        folder = next(folder for folder in self._folders if path.is_relative_to(folder))
        relative = path.relative_to(folder)
        plain = relative.with_suffix("").as_posix()
        return map(printable, (path.stem, plain, f"{folder.name}/{plain}", f"{folder.name}/{relative.as_posix()}"))

    def find(self, name: str) -> LoraOnDisk | None:
        """Return the LoRA with that file name or, if only one has it, that alias; capitals do not matter in the end.

        A name that is not known is looked for on the disk once more.
        """
        name = name.strip()
        with self._lock:
            found = self._find(name)
            if found is None and name:
                self.refresh()
                found = self._find(name)
            return found

    def _find(self, name: str) -> LoraOnDisk | None:
        self.list()
        folded = name.casefold()
        return self._names.get(name) or self._aliases.get(folded) or self._folded.get(folded)

    def prompt_name(self, lora: LoraOnDisk, preferred: str) -> str:
        """Return what to write in a prompt for it, as the setting `lora_preferred_name` asks."""
        with self._lock:
            by_alias = preferred == BY_ALIAS and self._find(lora.alias) is self._find(lora.name)
            return lora.alias if by_alias else lora.name

    def by_hash(self, digest: str) -> LoraOnDisk | None:
        """Return the LoRA with that hash (12 or 64 hex digits), of those whose hash is known."""
        wanted = digest.strip().lower()
        if len(wanted) < SHORT_HASH:
            return None
        return next((lora for lora in self.list() if lora.hash and lora.hash.lower().startswith(wanted)), None)

    def hashed(self, lora: LoraOnDisk) -> LoraOnDisk:
        """Return the LoRA with its hash, reading the whole file if need be; --no-hashing leaves it as it is.

        Raises:
            CheckpointError: the file cannot be read.
        """
        if lora.hash or not self._hashing:
            return lora
        hashed = replace(lora, hash=self._hashes.compute(lora.path, _key(lora.path), data_hash))
        with self._lock:
            self._keep(tuple(hashed if known == lora else known for known in self._loras or ()))
        return hashed


def _key(path: Path) -> str:
    return f"lora/{path.as_posix()}"


def _files(folders: Iterable[Path]) -> Iterable[tuple[Path, State]]:
    """Yield the LoRAs' files in natural order, folder by folder; what macOS leaves beside files is none."""
    for folder in dict.fromkeys(folders):
        paths = [path for path in files_below(folder) if path.suffix.lower() in SUFFIXES]
        for path in sorted(paths, key=lambda path: natural_key(path.relative_to(folder).as_posix())):
            if path.name.startswith("."):
                continue
            try:
                state = path.stat()
            except OSError:  # it has just gone
                continue
            yield path, (state.st_mtime_ns, state.st_size)


def _unambiguous_aliases(loras: Sequence[LoraOnDisk]) -> dict[str, LoraOnDisk]:
    times = Counter(lora.alias.casefold() for lora in loras)
    names = {lora.name.casefold(): lora for lora in loras}
    return {
        alias: lora
        for lora in loras
        if times[alias := lora.alias.casefold()] == 1 and alias not in NO_ALIASES and names.get(alias, lora) is lora
    }
