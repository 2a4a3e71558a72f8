"""A picture as a lossy file keeps it: so that one fresh from the model can be compared with one that was saved so."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, JpegImagePlugin

from modules.imaging.difference import Difference, compare
from modules.imaging.load import load_image
from modules.imaging.metadata import EncodeOptions, encode_image

LOSSY = ("JPEG", "WEBP", "AVIF", "GIF")
USUAL_QUALITIES = (80, 75, 90, 95, 85, 100, 70)
CLOSE_ENOUGH_TO_SEARCH = 20.0  # dB
SLACK = 0.5  # dB
NOISE_SHARE, NOISE_LEVELS = 0.08, 2

Way = Callable[[Image.Image], Image.Image]
"""A way through a file: the picture that comes out at its end."""


def is_lossy(stored: Image.Image, data: bytes) -> bool:
    """Say whether a picture's file keeps only something like its pixels.

    Args:
        stored: the picture as opened.
        data: the file.
    """
    return stored.format in LOSSY and not (stored.format == "WEBP" and b"VP8L" in data[:64])


def compare_as_stored(ours: Image.Image, stored: Image.Image) -> tuple[Difference, bool]:
    """Compare after sending ours through the same kind of file.

    Returns:
        The difference, and whether it is no larger than it can be where the pictures were alike within 2 of 255
        before. How much that is depends on format, quality and picture, so it is tried: ours is sent through the file
        once more, with as much noise added.
    """
    way = find_way(ours, stored)
    again = way(ours)
    difference = compare(again, stored)
    return difference, difference.psnr >= compare(way(_with_noise(ours)), again).psnr - SLACK


def find_way(ours: Image.Image, stored: Image.Image) -> Way:
    """Return the way that the stored picture went.

    A JPEG file tells its quantisation tables, so this is exact. WebP and AVIF files do not tell their quality: all are
    tried, and the one that brings ours closest is taken.
    """
    if isinstance(stored, JpegImagePlugin.JpegImageFile):
        return _through_jpeg(stored)
    ways = [_through(str(stored.format), quality) for quality in _qualities(ours, stored)]
    best, least = ways[0], float("inf")
    for way in ways:
        apart = compare(way(ours), stored).mean_square
        if apart < least:
            best, least = way, apart
        if not apart:
            break
    return best


def _qualities(ours: Image.Image, stored: Image.Image) -> Iterator[int]:
    """A picture that is quite another needs no search; nor does GIF, which has no quality."""
    if stored.format == "GIF" or compare(ours, stored).psnr < CLOSE_ENOUGH_TO_SEARCH:
        return iter(USUAL_QUALITIES[:1])
    every = range(100, 0, -1 if stored.format == "WEBP" else -5)
    return iter(dict.fromkeys((*USUAL_QUALITIES, *every)))


def _through(format_name: str, quality: int) -> Way:
    options = EncodeOptions(quality=quality)
    return lambda picture: load_image(encode_image(picture, format_name.lower(), options=options))


def _through_jpeg(stored: JpegImagePlugin.JpegImageFile) -> Way:
    mode = "L" if stored.mode == "L" else "RGB"
    sampling = JpegImagePlugin.get_sampling(stored)

    def way(picture: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        tables, ratio = stored.quantization, sampling if sampling >= 0 else "4:2:0"  # type: ignore[attr-defined]
        picture.convert(mode).save(buffer, "JPEG", qtables=tables, subsampling=ratio)
        return load_image(buffer.getvalue())

    return way


def _with_noise(picture: Image.Image) -> Image.Image:
    """Change one channel value in twelve by up to 2 of 255: the most that still counts as the same picture."""
    random = np.random.default_rng(0)
    values = np.asarray(picture.convert("RGB")).astype(np.int16)
    noise = random.integers(-NOISE_LEVELS, NOISE_LEVELS + 1, values.shape) * (random.random(values.shape) < NOISE_SHARE)
    return Image.fromarray((values + noise).clip(0, 255).astype(np.uint8))
