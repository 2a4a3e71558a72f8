"""Small copies of preview pictures, made once and kept in a folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import threading
from pathlib import Path

from PIL import Image

from modules.core.errors import InputError, StorageError
from modules.core.files import write_atomically
from modules.imaging.load import DAMAGED, FORMATS, load_image

log = logging.getLogger(__name__)

LARGEST = (480, 720)
"""Pixels; a card is at most half as large on most screens."""
QUALITY = 82
LARGEST_FILE = 64 * 2**20
LARGEST_ANIMATION = 16 * 2**20
MEDIA_TYPE = "image/webp"


class Thumbnails:
    """Makes and keeps them. Safe with threads; few pictures are opened at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Semaphore(2)

    def file(self, source: Path) -> Path:
        """Return the file of a small copy; that of the picture itself if it moves.

        Raises:
            InputError: it is no picture, or too large.
        """
        try:
            modified, size = source.stat().st_mtime_ns, source.stat().st_size
        except OSError as error:
            raise InputError("There is no such picture.") from error
        copy = self._folder / f"{hashlib.sha256(str(source).encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.webp"
        if _is_of(copy, modified):
            return copy
        if size > LARGEST_FILE:
            raise InputError(f"The picture's file is larger than {LARGEST_FILE // 2**20} MB.")
        with self._turn:
            if size <= LARGEST_ANIMATION and is_animated(source):
                return source
            data = small(load_image(source))
        return self._keep(copy, data, modified)

    def _keep(self, copy: Path, data: bytes, modified: int) -> Path:
        try:
            write_atomically(copy, data)
            os.utime(copy, ns=(modified, modified))
        except (StorageError, OSError) as error:
            raise InputError(f"The small copy of the picture cannot be kept: {error}") from error
        return copy


def _is_of(copy: Path, modified: int) -> bool:
    """A copy bears the time of its picture."""
    with contextlib.suppress(OSError):
        return copy.stat().st_mtime_ns == modified
    return False


def is_animated(source: Path) -> bool:
    """Say whether a picture moves."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            return bool(getattr(image, "is_animated", False))
    except (*DAMAGED, Image.DecompressionBombError):
        return False


def small(image: Image.Image) -> bytes:
    """Return a small copy of a picture as WebP."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    copy = image.convert("RGBA" if has_alpha else "RGB")
    copy.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
