"""Opening pictures that come from outside."""

import io
import struct
from pathlib import Path

from PIL import Image

from modules.core.errors import InputError

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


def load_image(source: bytes | Path) -> Image.Image:
    """Open and decode a picture; it does not keep the file open.

    Raises:
        InputError: no picture, a damaged one, or one too large to be safe.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        image.load()
    except Image.DecompressionBombError as error:
        raise InputError("The image has too many pixels; make it smaller and try again.") from error
    except DAMAGED as error:
        raise InputError("This is no image that can be read; use a PNG, JPEG, WebP, AVIF or GIF file.") from error
    return image
