"""Masks of inpainting: reading, blurring, the region around them, and filling what they cover (contract 5.7)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter, ImageOps

Region = tuple[int, int, int, int]
"""left, top, right, bottom in pixels."""

_ONE = 256
ALPHA_THRESHOLD = 128
FILL_RADII = (256, 64, 16, 16, 4, 4, 4, 4, 2, 2, 0)
"""Blurs of the surroundings, widest first, laid over each other to fill a hole."""


def read_mask(image: Image.Image, *, rounds: bool = True) -> Image.Image:
    """Return a mask (mode L; white is what is repainted) from a picture of one, or from its transparency.

    Args:
        image: with any transparent pixel its alpha channel is the mask, else its brightness.
        rounds: make an alpha channel black and white.
    """
    if image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255):
        alpha = image.getchannel("A")
        return alpha.point([255 if value > ALPHA_THRESHOLD else 0 for value in range(256)]) if rounds else alpha
    return image.convert("L")


def blur_mask(mask: Image.Image, blur_x: float, blur_y: float) -> Image.Image:
    """Blur by Gaussians of these standard deviations, in pixels, cut off at 2.5 of them."""
    pixels = np.asarray(mask, dtype=np.float64)
    for sigma, axis in ((blur_x, 1), (blur_y, 0)):
        if sigma > 0:
            pixels = np.floor(_weigh(pixels, _gaussian(sigma), axis) / _ONE + 0.5)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _weigh(pixels: np.ndarray, kernel: np.ndarray, axis: int) -> np.ndarray:
    """Sum up each pixel's neighbours along an axis by a symmetric kernel; beyond the edges the picture is mirrored."""
    reach = len(kernel) // 2
    padded = np.pad(pixels, [(reach, reach) if i == axis else (0, 0) for i in range(2)], mode="reflect")
    return np.apply_along_axis(np.convolve, axis, padded, kernel, mode="valid")


def _gaussian(sigma: float) -> np.ndarray:
    """Return the kernel in whole 256ths, as OpenCV has it for bytes: what rounding takes goes to the next weight."""
    reach = int(2.5 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights *= _ONE / weights.sum()
    side, missing = np.zeros(reach), 0.0
    for i in range(reach):
        wanted = weights[i] + missing
        side[i] = np.rint(wanted)
        missing = wanted - side[i]
    return np.concatenate([side, [_ONE - 2 * side.sum()], side[::-1]])


def find_region(mask: Image.Image, padding: int) -> Region | None:
    """Return the box around everything that is not black, with padding, within the picture; None if all is black."""
    box = mask.getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    return (
        max(left - padding, 0),
        max(top - padding, 0),
        min(right + padding, mask.width),
        min(bottom + padding, mask.height),
    )


def expand_region(region: Region, proportions: tuple[int, int], size: tuple[int, int]) -> Region:
    """Grow a region to the proportions (width, height) of what will be painted, within a picture of `size`.

    It grows on both sides alike, and is moved where it would leave the picture.
    """
    left, top, right, bottom = region
    if (right - left) / (bottom - top) > proportions[0] / proportions[1]:
        wanted = (right - left) * proportions[1] / proportions[0]
        top, bottom = _grow(top, bottom, wanted, size[1])
    else:
        wanted = (bottom - top) * proportions[0] / proportions[1]
        left, right = _grow(left, right, wanted, size[0])
    return left, top, right, bottom


def _grow(start: int, end: int, wanted: float, limit: int) -> tuple[int, int]:
    missing = int(wanted - (end - start))
    start -= missing // 2
    end += missing - missing // 2
    if end >= limit:
        over = end - limit
        start, end = start - over, end - over
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)


def doubled(mask: Image.Image) -> Image.Image:
    """Return the mask twice as strong: what is laid over the result keeps its full strength up to the blur's middle."""
    return mask.point([min(2 * value, 255) for value in range(256)])


def cut_out(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Return the picture (RGBA) with a hole where the mask is white."""
    return _cut_out(image, mask).convert("RGBA")


def _cut_out(image: Image.Image, mask: Image.Image) -> Image.Image:
    """The same with colours times alpha (RGBa), in which nothing is lost where alpha is low."""
    sheet = Image.new("RGBa", image.size)
    sheet.paste(image.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask.convert("L")))
    return sheet


def fill_masked(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Return the picture (RGB) with what the mask covers painted in the colours around it."""
    surroundings = _cut_out(image, mask)
    filled = Image.new("RGBA", image.size)
    for radius in FILL_RADII:
        filled.alpha_composite(surroundings.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA"))
    return filled.convert("RGB")


def flatten(image: Image.Image, color: str) -> Image.Image:
    """Return the picture (RGB) on a background of that colour (`#rrggbb`), if it is transparent anywhere."""
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "La", "PA"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, color), image)
    return image.convert("RGB")
