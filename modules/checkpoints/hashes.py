"""SHA-256 of model files, computed once and kept in a JSON file."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError, StorageError
from modules.core.files import write_atomically

log = logging.getLogger(__name__)

LEGACY_OFFSET = 0x100000
LEGACY_LENGTH = 0x10000


class HashCache:
    """Hashes by key, such as `checkpoint/sub/x.safetensors`; forgotten when the file's time or size changed.

    Safe to use from several threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._hashes = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read (%s): hashes are computed again.", self.path, error)
            return {}
        return content if isinstance(content, dict) else {}

    def get(self, path: Path, key: str) -> str | None:
        """Return the hash of the file as it is now, if it is known."""
        entry = self._hashes.get(key)
        if not isinstance(entry, dict):
            return None
        try:
            state = path.stat()
        except OSError:
            return None
        known = (entry.get("mtime"), entry.get("size")) == (state.st_mtime, state.st_size)
        return entry.get("sha256") if known else None

    def compute(self, path: Path, key: str, digest_of: Callable[[Path], str] | None = None) -> str:
        """Return the hash of the file, reading it if need be. A cache that cannot be written is only logged.

        Args:
            path: of the file.
            key: under which the hash is kept.
            digest_of: computes it, if it is not that of the whole file.

        Raises:
            CheckpointError: the file cannot be read.
        """
        cached = self.get(path, key)
        if cached is not None:
            return cached
        try:
            state = path.stat()
            digest = (digest_of or _whole_file)(path)
        except OSError as error:
            raise CheckpointError(f"{printable(path.name)} cannot be read ({error.strerror or error}).") from error
        with self._lock:
            self._hashes[key] = {"mtime": state.st_mtime, "size": state.st_size, "sha256": digest}
            self._save()
        return digest

    def _save(self) -> None:
        try:
            write_atomically(self.path, json.dumps(self._hashes, indent=4))
        except StorageError as error:
            log.warning("%s Hashes will be computed again at the next start.", error)


def _whole_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def legacy_hash(path: Path) -> str | None:
    """Return the 8 hex digits that A1111 called a model's hash before 2023, or None if the file cannot be read.

    They come from 64 KiB at an offset of 1 MiB only.
    """
    try:
        with path.open("rb") as file:
            file.seek(LEGACY_OFFSET)
            return hashlib.sha256(file.read(LEGACY_LENGTH)).hexdigest()[:8]
    except OSError:
        return None
