"""Opening pictures that come from outside."""

import io
import struct
from pathlib import Path

from PIL import Image

from modules.core.errors import InputError
from modules.imaging.png_recovery import without_bad_chunks

# Not all that Pillow knows: some formats start other programs (EPS) or are seldom anything but an attack.
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "TGA", "ICO")

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
    """Open and decode a picture; it does not keep the file open.

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
    return image
