"""Several pictures in one, row by row."""

import logging
import math
from collections.abc import Sequence
from itertools import product

from PIL import Image, ImageColor

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.imaging.options import GRID_ONLY_IF_MULTIPLE, GRID_PREVENT_EMPTY_SPOTS, N_ROWS

log = logging.getLogger(__name__)


def wants_grid(settings: Settings, count: int) -> bool:
    """Say whether so many pictures are shown and saved as a grid too."""
    return count > 1 or (count == 1 and not settings[GRID_ONLY_IF_MULTIPLE])


def grid_rows(settings: Settings, count: int, batch_size: int) -> int:
    """Return the number of rows that the settings ask for."""
    rows = int(settings[N_ROWS])
    if rows == 0:
        rows = batch_size
    elif rows < 0:
        rows = _rows_without_gaps(count) if settings[GRID_PREVENT_EMPTY_SPOTS] else round(math.sqrt(count))
    return min(max(rows, 1), max(count, 1))


def _rows_without_gaps(count: int) -> int:
    """Return the divisor of `count` that makes the grid most nearly square."""
    return next((rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0), 1)


def image_grid(images: Sequence[Image.Image], rows: int, background: str = "#000000") -> Image.Image:
    """Return the pictures in so many rows, filled row by row.

    Cells are as large as the largest picture; smaller ones are centred, and what is left shows the background.

    Raises:
        InputError: there are no pictures.
    """
    if not images:
        raise InputError("A grid needs at least one image.")
    rows = min(max(rows, 1), len(images))
    columns = math.ceil(len(images) / rows)
    width, height = max(image.width for image in images), max(image.height for image in images)

    grid = Image.new("RGB", (columns * width, rows * height), read_color(background))
    for image, (row, column) in zip(images, product(range(rows), range(columns)), strict=False):
        left, top = column * width + (width - image.width) // 2, row * height + (height - image.height) // 2
        grid.paste(image.convert("RGB"), (left, top))
    return grid


def read_color(name: str, otherwise: tuple[int, ...] = (0, 0, 0)) -> tuple[int, ...]:
    """Return the red, green and blue of a color's name or `#rrggbb`."""
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        log.warning("%.40r is no color; grids are drawn with %s.", name, otherwise)
        return otherwise
