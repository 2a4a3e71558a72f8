"""The checkpoints on disk: listed, named as A1111 names them, and found by any of their names."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from modules.checkpoints.hashes import HashCache, legacy_hash
from modules.checkpoints.scan import find_checkpoint_files, natural_key, printable
from modules.core.errors import CheckpointError, UnknownNameError
from modules.core.flags import Flags
from modules.core.paths import Paths
from modules.core.registry import shorten

log = logging.getLogger(__name__)

SHORT_HASH = 10


@dataclass(frozen=True)
class CheckpointInfo:
    """One checkpoint file.

    Attributes:
        filename: where it is.
        name: relative to its checkpoint folder, such as `sub/x.safetensors`.
        sha256: 64 hex digits, once they are known.
        config: the YAML file beside it, which wins over what its tensors suggest.
    """

    filename: Path
    name: str
    sha256: str | None = None
    config: Path | None = None

    @property
    def short_hash(self) -> str | None:
        """The hash as people and infotexts know it, 10 hex digits."""
        return self.sha256[:SHORT_HASH] if self.sha256 else None

    @property
    def title(self) -> str:
        """`sub/x.safetensors [85d6e36ef7]`; without the hash while that is not known."""
        return f"{self.name} [{self.short_hash}]" if self.sha256 else self.name

    @property
    def name_for_extra(self) -> str:
        """`x`."""
        return PurePosixPath(self.name).stem

    @property
    def short_title(self) -> str:
        """`x [85d6e36ef7]`."""
        return f"{self.name_for_extra} [{self.short_hash}]" if self.sha256 else self.name_for_extra

    @property
    def model_name(self) -> str:
        """`sub_x`."""
        return self.name.replace("/", "_").rpartition(".")[0]

    @property
    def is_safetensors(self) -> bool:
        """Whether it can be loaded: pickles are listed only to be refused with an explanation."""
        return self.filename.suffix.lower() == ".safetensors"

    def aliases(self) -> list[str]:
        """Every name it is known by, except those with the legacy hash."""
        names = [self.model_name, self.title, self.name, self.name_for_extra, self.short_title, str(self.filename)]
        return names + [digest for digest in (self.short_hash, self.sha256) if digest]


class CheckpointCatalog:
    """The list of checkpoints. Several threads may read it while another refreshes it."""

    def __init__(self, paths: Paths, flags: Flags, hashes: HashCache) -> None:
        self._paths = paths
        self._flags = flags
        self._hashes = hashes
        self._checkpoints: tuple[CheckpointInfo, ...] = ()
        if flags.ckpt is not None and not flags.ckpt.is_file():
            log.warning("--ckpt %s: there is no such file.", flags.ckpt)
        self.refresh()

    def refresh(self) -> None:
        """Look at the disk again."""
        files = find_checkpoint_files(self._paths.checkpoint_dirs)
        found = {name: self._info(path, name) for name, path in files.items() if not self._is_shipped(path)}
        chosen = self._flags.ckpt
        if chosen is not None and chosen.is_file() and all(info.filename != chosen for info in found.values()):
            found[printable(chosen.name)] = self._info(chosen, printable(chosen.name))
        if not any(info.is_safetensors for info in found.values()):
            found |= {info.name: info for info in self.shipped()}
        self._checkpoints = tuple(sorted(found.values(), key=lambda info: natural_key(info.name)))

    def _info(self, path: Path, name: str) -> CheckpointInfo:
        config = path.with_suffix(".yaml")
        sha256 = self._hashes.get(path, f"checkpoint/{name}")
        return CheckpointInfo(path, name, sha256, config if config.is_file() else None)

    def all(self) -> list[CheckpointInfo]:
        """Return the checkpoints in natural order. The shipped ones are among them only while there is no real one."""
        return list(self._checkpoints)

    def shipped(self) -> list[CheckpointInfo]:
        """Return the small checkpoints that come with the program, listed or not: the starter and its companions."""
        starter = self._paths.starter
        return [self._info(path, path.name) for path in sorted(starter.parent.glob(f"{starter.stem}*{starter.suffix}"))]

    def is_shipped(self, info: CheckpointInfo) -> bool:
        """Say whether a checkpoint came with the program."""
        return self._is_shipped(info.filename)

    def _is_shipped(self, path: Path) -> bool:
        starter = self._paths.starter
        named_so = path.name.startswith(starter.stem) and path.suffix == starter.suffix
        return named_so and path.resolve().parent == starter.resolve().parent

    def starter(self) -> CheckpointInfo | None:
        """Return the small checkpoint that ships with the program, listed or not."""
        starter = self._paths.starter
        return self._info(starter, starter.name) if starter.is_file() else None

    def default(self) -> CheckpointInfo:
        """Return the checkpoint to begin with: --ckpt, else the first, but of the shipped ones the starter.

        Raises:
            CheckpointError: there is none at all.
        """
        loadable = [info for info in self._checkpoints if info.is_safetensors]
        first = (self._flags.ckpt, self._paths.starter)
        for info in [info for path in first for info in self._checkpoints if info.filename == path] + loadable:
            return info
        raise CheckpointError(
            f"There is no checkpoint: put a .safetensors file into {self._paths.checkpoint_dirs[-1]}."
        )

    def find(self, name: str) -> CheckpointInfo | None:
        """Return the checkpoint of that name, title or hash; else one whose title holds the text; else None."""
        wanted = name.strip().replace("\\", "/")
        if not wanted:
            return None
        without_hash = re.sub(r"\s*\[[^\]]*\]$", "", wanted)
        return (
            self._by_alias(wanted)
            or self._by_legacy_hash(wanted)
            or self._by_part_of_title(wanted)
            or (self._by_part_of_title(without_hash) if without_hash else None)
            or self._hidden_shipped(wanted)
        )

    def _by_alias(self, wanted: str) -> CheckpointInfo | None:
        return next((info for info in self._checkpoints if wanted in info.aliases()), None)

    def _by_legacy_hash(self, wanted: str) -> CheckpointInfo | None:
        """Find `1234abcd` or `x.safetensors [1234abcd]`. Reads a little of each file, so only when asked for such."""
        match = re.fullmatch(r"(?:(?P<name>.*) \[)?(?P<hash>[0-9a-f]{8})\]?", wanted)
        if match is None:
            return None
        candidates = (info for info in self._checkpoints if match["name"] in {None, info.name})
        return next((info for info in candidates if legacy_hash(info.filename) == match["hash"]), None)

    def _by_part_of_title(self, wanted: str) -> CheckpointInfo | None:
        found = [info for info in self._checkpoints if wanted in info.title]
        return min(found, key=lambda info: len(info.title), default=None)

    def _hidden_shipped(self, wanted: str) -> CheckpointInfo | None:
        """Find what is shipped, but not listed: only by its whole path, so that no old setting keeps it in use."""
        return next((info for info in self.shipped() if wanted == info.filename.as_posix()), None)

    def get(self, name: str) -> CheckpointInfo:
        """Return what `find` returns.

        Raises:
            UnknownNameError: no such checkpoint; the message names a close one.
        """
        info = self.find(name)
        if info is None:
            raise UnknownNameError(f"Checkpoint not found: {shorten(name)!r}.{_hint(name, self._checkpoints)}")
        return info

    def hashed(self, info: CheckpointInfo) -> CheckpointInfo:
        """Return the checkpoint with its hash, reading the whole file if need be; --no-hashing leaves it as it is.

        Raises:
            CheckpointError: the file cannot be read.
        """
        if info.sha256 or self._flags.no_hashing:
            return info
        hashed = replace(info, sha256=self._hashes.compute(info.filename, f"checkpoint/{info.name}"))
        self._checkpoints = tuple(hashed if known == info else known for known in self._checkpoints)
        return hashed


def _hint(name: str, checkpoints: Iterable[CheckpointInfo]) -> str:
    close = difflib.get_close_matches(name[:200], [info.title for info in checkpoints], n=1, cutoff=0.5)
    return f' Did you mean "{close[0]}"?' if close else " Refresh the list if the file is new."
