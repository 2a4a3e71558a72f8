"""A JPEG beside a picture that is too large to be posted where files are limited (`export_for_4chan`)."""

from dataclasses import dataclass

from PIL import Image

from modules.imaging.formats import IMAGE_FORMATS
from modules.imaging.metadata import EncodeOptions, encode_image

LONGEST_SIDE = IMAGE_FORMATS.get("jpg").longest_side


@dataclass(frozen=True)
class JpegCopy:
    """Limits above which a picture gets a copy as JPEG: the size of its file, and width or height in pixels."""

    megabytes: float = 4.0
    side: int = 4000


def encode_jpeg_copy(
    image: Image.Image, file_size: int, limits: JpegCopy, infotext: str | None, options: EncodeOptions
) -> bytes | None:
    """Return the copy of a picture, no larger than the limit on its sides; None if it needs none."""
    longest = max(image.size)
    if longest <= limits.side and file_size <= limits.megabytes * 1024 * 1024:
        return None
    scale = min(1.0, min(max(limits.side, 1), LONGEST_SIDE) / longest)
    width, height = (max(1, round(side * scale)) for side in image.size)
    copy = image if scale == 1 else image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return encode_image(copy, "jpg", infotext, options)
