"""Pictures inside safetensors files: the thumbnail of the model spec, and the cover images of A1111 1.9."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from modules.checkpoints.header import LENGTH_BYTES, LONGEST_HEADER, read_header
from modules.core.errors import CheckpointError

COVERS = "ssmd_cover_images"
"""A list of pictures in base64."""
THUMBNAIL = "modelspec.thumbnail"
"""A picture as a data URI."""
PICTURES = (COVERS, THUMBNAIL)
SUFFIX = ".safetensors"

LARGEST_COVER = 16 * 2**20

T = TypeVar("T")


class Remembered(Generic[T]):
    """What was read of files, read again only if a file has changed. Safe with threads."""

    def __init__(self, read: Callable[[Path], T], otherwise: T) -> None:
        self._read = read
        self._otherwise = otherwise
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], T]] = {}

    def of(self, path: Path) -> T:
        """Return what is known of a file; of one that cannot be read, what was to be returned otherwise."""
        try:
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
            with self._lock:
                known = self._known.get(path)
            if known is not None and known[0] == state:
                return known[1]
            value = self._read(path)
        except (OSError, CheckpointError):  # told when it is loaded
            return self._otherwise
        with self._lock:
            self._known[path] = (state, value)
        return value


def read_texts(path: Path) -> Mapping[str, str]:
    """Return what a safetensors file says about itself, without its pictures; nothing for a file of another kind.

    Raises:
        CheckpointError: it cannot be read.
    """
    if path.suffix.lower() != SUFFIX:
        return {}
    return {key: text for key, text in read_header(path).metadata.items() if key not in PICTURES}


def read_cover_images(path: Path) -> list[bytes]:
    """Return the pictures in a safetensors file; none for a file of another kind.

    Raises:
        CheckpointError: it cannot be read.
    """
    return cover_images(read_header(path).metadata) if path.suffix.lower() == SUFFIX else []


def has_cover(path: Path) -> bool:
    """Say whether there may be a picture in a file, by its header as it is: reading thousands of them takes a while.

    Raises:
        OSError: it cannot be read.
    """
    if path.suffix.lower() != SUFFIX:
        return False
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        header = file.read(min(length, LONGEST_HEADER))
    return any(f'"{key}":'.encode() in header for key in PICTURES)


def cover_images(metadata: Mapping[str, str]) -> list[bytes]:
    """Return the pictures in the metadata of a file, as files; what is damaged is left out."""
    texts = [*_listed(metadata.get(COVERS, "")), metadata.get(THUMBNAIL, "")]
    return [data for text in texts if (data := _decoded(text))]


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def _decoded(text: str) -> bytes:
    head, comma, rest = text.partition(",")
    encoded = rest if comma and head.startswith("data:") else text
    if len(encoded) > LARGEST_COVER:
        return b""
    try:
        return base64.b64decode(encoded)
    except ValueError:
        return b""
