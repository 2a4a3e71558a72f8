"""The hypernetworks on disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from modules.checkpoints.hashes import HashCache
from modules.checkpoints.scan import files_below, natural_key, printable

SUFFIX = ".pt"
NONE = "None"
"""What the setting `sd_hypernetwork` calls no hypernetwork: a file of this name could not be chosen."""
SHORT_HASH = 10


@dataclass(frozen=True)
class HypernetworkOnDisk:
    """A hypernetwork's file; `name` is the file's without its ending."""

    name: str
    path: Path


class HypernetworkCatalog:
    """The hypernetworks of a folder. Safe to use from several threads; the lists it gives never change."""

    def __init__(self, folder: Path, hashes: HashCache, *, hashing: bool = True) -> None:
        self._folder = folder
        self._hashes = hashes
        self._hashing = hashing
        self._lock = threading.Lock()
        self._listed: tuple[HypernetworkOnDisk, ...] | None = None

    @property
    def folder(self) -> Path:
        """Where hypernetworks lie."""
        return self._folder

    def list(self) -> tuple[HypernetworkOnDisk, ...]:
        """Return all, in natural order; of files with the same name the first counts."""
        with self._lock:
            if self._listed is None:
                self._listed = self._scan()
            return self._listed

    def refresh(self) -> None:
        """Look at the folder again."""
        with self._lock:
            self._listed = self._scan()

    def _scan(self) -> tuple[HypernetworkOnDisk, ...]:
        found: dict[str, HypernetworkOnDisk] = {}
        for path in files_below(self._folder):
            name = printable(path.stem)
            if path.suffix.lower() == SUFFIX and name != NONE and not path.name.startswith("."):
                found.setdefault(name, HypernetworkOnDisk(name, path))
        return tuple(sorted(found.values(), key=lambda network: natural_key(network.name)))

    def find(self, name: str) -> HypernetworkOnDisk | None:
        """Return the hypernetwork of that name; capitals do not matter if no other has it.

        A name that is not known is looked for on the disk once more.
        """
        found = self._find(name)
        if found is None:
            self.refresh()
            found = self._find(name)
        return found

    def _find(self, name: str) -> HypernetworkOnDisk | None:
        listed = self.list()
        exact = next((network for network in listed if network.name == name), None)
        return exact or next((network for network in listed if network.name.casefold() == name.casefold()), None)

    def shorthash(self, network: HypernetworkOnDisk) -> str:
        """Return 10 hex digits of the file's SHA-256, reading it if need be; "" with --no-hashing.

        Raises:
            CheckpointError: the file cannot be read.
        """
        key = f"hypernet/{network.path.as_posix()}"
        return self._hashes.compute(network.path, key)[:SHORT_HASH] if self._hashing else ""
