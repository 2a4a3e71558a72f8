"""A grid over up to three axes: in which order its cells are made, and the sheets they end up on (contract 7.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from PIL import Image

from modules.imaging.grid import image_grid
from modules.imaging.legend import GridAnnotation, LegendStyle, draw_legends

Cell = tuple[int, int, int]
"""Number of the column, of the row, and of the sheet."""


@dataclass(frozen=True)
class AxisGrid:
    """What is along the axes: the legends of columns, rows and sheets."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    sheets: tuple[str, ...]

    @property
    def counts(self) -> Cell:
        return len(self.columns), len(self.rows), len(self.sheets)

    @property
    def cell_count(self) -> int:
        columns, rows, sheets = self.counts
        return columns * rows * sheets

    def place(self, cell: Cell) -> int:
        """Return the place of a cell in lists of all of them: sheet by sheet, row by row."""
        columns, rows, _ = self.counts
        return cell[0] + cell[1] * columns + cell[2] * columns * rows

    def order(self, costs: Sequence[float]) -> Iterator[Cell]:
        """Yield all cells so that the axis that is the slowest to change changes least often."""
        outermost_first = sorted((2, 1, 0), key=lambda axis: -costs[axis])
        for at in product(*(range(self.counts[axis]) for axis in outermost_first)):
            found = dict(zip(outermost_first, at, strict=True))
            yield found[0], found[1], found[2]


def make_sheets(
    pictures: Sequence[Image.Image | None], grid: AxisGrid, style: LegendStyle | None, margin: int, background: str
) -> list[Image.Image]:
    """Put the pictures of all cells on sheets, one for each value of the third axis.

    Args:
        pictures: of all cells, at `AxisGrid.place`; where there is none, the cell shows the background.
        style: of the legends; None draws none, nor margins, as A1111.
    """
    size = largest(picture for picture in pictures if picture is not None)
    cells = [picture or Image.new("RGB", size, background) for picture in pictures]
    columns, rows, _ = grid.counts
    sheets: list[Image.Image] = []
    for first in range(0, len(cells), columns * rows):
        sheet = image_grid(cells[first : first + columns * rows], rows, background)
        if style:
            cell = sheet.width // columns, sheet.height // rows
            sheet = draw_legends(sheet, cell, one_text_each(grid.columns), one_text_each(grid.rows), margin, style)
        sheets.append(sheet)
    return sheets


def join_sheets(
    sheets: Sequence[Image.Image], grid: AxisGrid, style: LegendStyle | None, background: str
) -> Image.Image:
    """Lay the sheets side by side, each under its title."""
    whole = image_grid(sheets, 1, background)
    if style is None:
        return whole
    return draw_legends(whole, largest(sheets), one_text_each(grid.sheets), [[GridAnnotation()]], 0, style)


def one_text_each(texts: Sequence[str]) -> list[list[GridAnnotation]]:
    """Return legends of one text each."""
    return [[GridAnnotation(text)] for text in texts]


def largest(pictures: Iterator[Image.Image] | Sequence[Image.Image]) -> tuple[int, int]:
    """Return the greatest width and the greatest height."""
    widths, heights = zip(*(picture.size for picture in pictures), strict=True)
    return max(widths), max(heights)
