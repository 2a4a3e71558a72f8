"""Fitting a picture into a size: img2img's resize modes (contract 5.6)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from PIL import Image
from PIL.Image import Resampling

Box = tuple[int, int, int, int]
"""left, top, right, bottom."""

Stretch = Callable[[Image.Image, int, int], Image.Image]
"""f(picture, width, height) -> the picture stretched to that size."""


class ResizeMode(IntEnum):
    """How a picture of other proportions is made to fit. The numbers are those of A1111's API."""

    STRETCH = 0
    CROP = 1
    FILL = 2
    LATENT = 3


def lanczos(image: Image.Image, width: int, height: int) -> Image.Image:
    """Stretch by Lanczos' filter."""
    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)


def resize_image(
    mode: ResizeMode, image: Image.Image, width: int, height: int, stretch: Stretch = lanczos
) -> Image.Image:
    """Return the picture in a size.

    Args:
        mode: STRETCH; CROP covers the size and cuts off what sticks out; FILL fits inside and repeats the edges.
        image: any mode.
        width: of the result.
        height: of the result.
        stretch: how pixels are resampled.
    """
    if mode in (ResizeMode.STRETCH, ResizeMode.LATENT):
        return stretch(image, width, height)
    covers = mode == ResizeMode.CROP
    by_width = (width * image.height > height * image.width) == covers
    wide = width if by_width else image.width * height // image.height
    high = image.height * width // image.width if by_width else height
    resized = stretch(image, max(wide, 1), max(high, 1))
    left, top = width // 2 - resized.width // 2, height // 2 - resized.height // 2
    if not covers:
        return _with_repeated_edges(resized, left, top, width, height)
    sheet = Image.new(image.mode, (width, height))
    sheet.paste(resized, (left, top))
    return sheet


def _with_repeated_edges(image: Image.Image, left: int, top: int, width: int, height: int) -> Image.Image:
    """Each edge is drawn out from where the picture ends: a box without a side."""
    sheet = Image.new(image.mode, (width, height))
    sheet.paste(image, (left, top))
    right, bottom = left + image.width, top + image.height
    for place, start, end in (
        ((left, 0, right, top), 0, 0),
        ((left, bottom, right, height), image.height, image.height),
    ):
        _draw_out(sheet, image, place, (0, start, image.width, end))
    for place, start, end in (
        ((0, top, left, bottom), 0, 0),
        ((right, top, width, bottom), image.width, image.width),
    ):
        _draw_out(sheet, image, place, (start, 0, end, image.height))
    return sheet


def _draw_out(sheet: Image.Image, image: Image.Image, place: Box, edge: Box) -> None:
    width, height = place[2] - place[0], place[3] - place[1]
    if width > 0 and height > 0:
        sheet.paste(image.resize((width, height), box=edge), place[:2])
