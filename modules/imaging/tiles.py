"""A picture as overlapping tiles, and the tiles as a picture again."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from modules.core.errors import InputError


class Grid(NamedTuple):
    """A picture in tiles. Names and layout are A1111's, since extensions put other pictures into it.

    Attributes:
        tiles: rows as lists [top, height, tiles], each tile a list [left, width, picture].
        tile_w: width of the tiles; those of a narrower picture are as wide as it. Like `tile_h`.
        image_w: width of the whole picture, like `image_h`.
        overlap: over how many pixels neighbours are blended; they may overlap by more.
    """

    tiles: list[list[Any]]
    tile_w: int
    tile_h: int
    image_w: int
    image_h: int
    overlap: int


def split_grid(image: Image.Image, tile_w: int = 512, tile_h: int = 512, overlap: int = 64) -> Grid:
    """Cut a picture into as few tiles of one size as overlap by at least `overlap` pixels.

    Raises:
        InputError: no tile is larger than the overlap.
    """
    if not 0 <= overlap < min(tile_w, tile_h):
        raise InputError(
            f"Tiles of {tile_w}x{tile_h} cannot overlap by {overlap} pixels; choose a smaller overlap or larger tiles."
        )
    width, height = min(tile_w, image.width), min(tile_h, image.height)
    lefts, tops = _starts(image.width, tile_w, overlap), _starts(image.height, tile_h, overlap)
    rows = [
        [top, height, [[left, width, image.crop((left, top, left + width, top + height))] for left in lefts]]
        for top in tops
    ]
    return Grid(rows, tile_w, tile_h, image.width, image.height, overlap)


def combine_grid(grid: Grid) -> Image.Image:
    """Lay the tiles together; over the first `overlap` pixels each fades in over what is left of it and above it."""
    whole = Image.new("RGB", (grid.image_w, grid.image_h))
    for top, height, tiles in grid.tiles:
        row = Image.new("RGB", (grid.image_w, height))
        for left, _width, tile in tiles:
            _lay(row, tile, (left, 0), _fade_in(tile.width, grid.overlap if left else 0)[None, :])
        _lay(whole, row, (0, top), _fade_in(height, grid.overlap if top else 0)[:, None])
    return whole


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """Return where the tiles along one side begin: evenly spaced, the last at the end."""
    count = max(math.ceil((length - overlap) / (tile - overlap)), 1)
    if count == 1:
        return [0]
    return [int(i * (length - tile) / (count - 1)) for i in range(count)]


def _fade_in(length: int, over: int) -> np.ndarray:
    """Return `length` opacities that rise over the first `over`."""
    opacities = np.full(length, 255, dtype=np.uint8)
    opacities[:over] = (np.arange(over, dtype=np.float32) * 255 / max(over, 1)).astype(np.uint8)[:length]
    return opacities


def _lay(sheet: Image.Image, picture: Image.Image, place: tuple[int, int], opacities: np.ndarray) -> None:
    mask = np.broadcast_to(opacities, (picture.height, picture.width))
    sheet.paste(picture, place, Image.fromarray(np.ascontiguousarray(mask)))
