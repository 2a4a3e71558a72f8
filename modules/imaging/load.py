"""Opening pictures that come from outside."""

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from modules.core.errors import InputError
from modules.imaging.png_recovery import without_bad_chunks

# Not all that Pillow knows: some formats start other programs (EPS) or are seldom anything but an attack.
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "TGA", "ICO")

DEEP = ("I", "F")
"""Modes of more than 8 bits begin so."""

# What Pillow raises on damaged bytes.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
)


TEXTS_LEFT_OUT = "easel: texts left out"
"""In `info` of a picture that could only be read without texts of its file that are damaged or too long."""


def load_image(source: bytes | Path) -> Image.Image:
    """Open and decode a picture, of an animation the first; it does not keep the file open.

    Grey of 16 or 32 bits becomes grey of 8.

    Raises:
        InputError: no picture, a damaged one, or one too large to be safe.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        return _open(data)
    except Image.DecompressionBombError as error:
        raise InputError("The image has too many pixels; make it smaller and try again.") from error
    except DAMAGED as error:
        raise InputError("This is no image that can be read; use a PNG, JPEG, WebP, AVIF or GIF file.") from error


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        image.load()
    except DAMAGED:
        recovered = without_bad_chunks(data)
        if recovered is None:
            raise
        image = Image.open(io.BytesIO(recovered), formats=FORMATS)
        image.load()
        image.info[TEXTS_LEFT_OUT] = True
    return to_bytes(image) if image.mode[:1] in DEEP else image


def to_bytes(image: Image.Image) -> Image.Image:
    """Return a picture of 16 or 32 bits a pixel (modes I;16, I, F) in 8 bits; Pillow's own way cuts off instead.

    What is written as 16 bits counts 0..65535, as floating point 0..1; values beyond that make their largest white.
    """
    values = np.nan_to_num(np.asarray(image, dtype=np.float64))
    largest = float(values.max(initial=0))
    usual = 1.0 if image.mode == "F" else 255.0 if image.mode == "I" and largest <= 255 else 65535.0
    shown = Image.fromarray(np.rint(values / max(usual, largest) * 255).clip(0, 255).astype(np.uint8))
    shown.info = image.info
    return shown
