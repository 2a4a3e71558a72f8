"""Canvas and masks of a picture that is to grow at its sides."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from PIL import Image, ImageDraw

Box = tuple[int, int, int, int]
"""left, top, right, bottom."""

MULTIPLE = 64
LARGEST_MARGIN = 2048
"""That a picture may grow by at once, in pixels."""
DIRECTIONS = ("left", "right", "up", "down")


@dataclass(frozen=True)
class Margins:
    """What is added at each side, in pixels."""

    left: int = 0
    right: int = 0
    up: int = 0
    down: int = 0

    def around(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the size of a picture with its margins."""
        return size[0] + self.left + self.right, size[1] + self.up + self.down


def find_margins(size: tuple[int, int], pixels: int, directions: Collection[str]) -> Margins:
    """Return margins of at least `pixels` at the sides chosen.

    They are made larger until the picture's side is a multiple of 64.

    Args:
        size: of the picture.
        pixels: at each side.
        directions: some of `DIRECTIONS`.
    """
    before = [pixels if side in directions else 0 for side in DIRECTIONS]
    left, right = _grown(size[0], before[0], before[1])
    up, down = _grown(size[1], before[2], before[3])
    return Margins(left, right, up, down)


def _grown(length: int, before: int, after: int) -> tuple[int, int]:
    if not before + after:
        return 0, 0
    missing = _next_multiple(length + before + after) - length
    first = before * missing // (before + after)
    return first, missing - first


def _next_multiple(length: int) -> int:
    return math.ceil(length / MULTIPLE) * MULTIPLE


def padded_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size of which both sides are multiples of 64."""
    return _next_multiple(size[0]), _next_multiple(size[1])


def put_on_canvas(image: Image.Image, margins: Margins, canvas: tuple[int, int]) -> Image.Image:
    """Return the picture with its margins on a black canvas of at least that size."""
    sheet = Image.new("RGB", canvas)
    sheet.paste(image, (margins.left, margins.up))
    return sheet


def outer_mask(
    size: tuple[int, int], margins: Margins, canvas: tuple[int, int], inwards: tuple[int, int]
) -> Image.Image:
    """Return a mask (mode L) of a canvas: white is what is new, and so much of the picture beside it.

    Args:
        size: of the picture.
        margins: around it; white reaches into it only at those sides that have one.
        canvas: size of the mask; what lies beyond picture and margins is white.
        inwards: how far white reaches into the picture, across and down.
    """
    across, down = inwards
    width, height = margins.around(size)
    left = margins.left + across if margins.left else 0
    up = margins.up + down if margins.up else 0
    right = width - margins.right - across if margins.right else width
    bottom = height - margins.down - down if margins.down else height
    mask = Image.new("L", canvas, 255)
    if right >= left and bottom >= up:
        ImageDraw.Draw(mask).rectangle((left, up, right, bottom), fill=0)
    return mask
