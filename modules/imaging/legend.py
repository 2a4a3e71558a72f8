"""Texts above the columns and left of the rows of a grid, as A1111 draws them (contract 5.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from modules.core.options import Settings
from modules.core.registry import shorten
from modules.imaging.grid import read_color
from modules.imaging.legend_text import ROBOTO, Font, draw_text, find_font, text_size
from modules.imaging.options import FONT, GRID_BACKGROUND_COLOR, GRID_TEXT_ACTIVE_COLOR, GRID_TEXT_INACTIVE_COLOR

Color = tuple[int, ...]
STRIKE_WIDTH = 4
LONGEST_TEXT = 1000


@dataclass
class GridAnnotation:
    """A text of a legend; one that is not active is struck through."""

    text: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class LegendStyle:
    """Font and colours of legends. `font` is a file."""

    font: str = ROBOTO
    active: Color = (0, 0, 0)
    inactive: Color = (153, 153, 153)
    background: Color = (255, 255, 255)


@dataclass(frozen=True)
class _Line:
    text: str
    is_active: bool
    width: int
    height: int


@dataclass(frozen=True)
class _Label:
    """The lines of one column or row, no wider than `width` pixels."""

    lines: tuple[_Line, ...]
    width: int
    spacing: int

    @property
    def height(self) -> int:
        return sum(line.height + self.spacing for line in self.lines) - self.spacing


def legend_style(settings: Settings) -> LegendStyle:
    """Return what the settings say about legends."""
    return LegendStyle(
        font=settings[FONT].strip() or ROBOTO,
        active=read_color(settings[GRID_TEXT_ACTIVE_COLOR], (0, 0, 0)),
        inactive=read_color(settings[GRID_TEXT_INACTIVE_COLOR], (153, 153, 153)),
        background=read_color(settings[GRID_BACKGROUND_COLOR], (255, 255, 255)),
    )


def draw_legends(
    grid: Image.Image,
    cell: tuple[int, int],
    columns: Sequence[Sequence[GridAnnotation]],
    rows: Sequence[Sequence[GridAnnotation]],
    margin: int = 0,
    style: LegendStyle | None = None,
) -> Image.Image:
    """Return the grid with its cells `margin` pixels apart and its legends.

    Args:
        grid: cells side by side, without margins.
        cell: width and height of one.
        columns: the texts above each column, one below the other.
        rows: the texts left of each row.
    """
    style = style or LegendStyle()
    width, height = cell
    size = (width + height) // 25
    left = width * 3 // 4 if _have_text(rows) else 0
    column_labels = [_lay_out(texts, width, size, style) for texts in columns]
    row_labels = [_lay_out(texts, left or width, size, style) for texts in rows]
    tallest = max((label.height for label in column_labels), default=0)
    top = tallest + size // 2 * 2 if _have_text(columns) else 0

    sheet = Image.new("RGB", _sheet_size(len(columns), len(rows), cell, margin, (left, top)), style.background)
    for row in range(len(rows)):
        for column in range(len(columns)):
            x, y = column * width, row * height
            part = grid.crop((x, y, x + width, y + height)).convert("RGB")
            sheet.paste(part, (left + x + column * margin, top + y + row * margin))

    for index, label in enumerate(column_labels):
        x = left + (width + margin) * index + width / 2
        _draw_label(sheet, (x, top / 2 - label.height / 2), label, size, style)
    for index, label in enumerate(row_labels):
        y = top + (height + margin) * index + height / 2 - label.height / 2
        _draw_label(sheet, (left / 2, y), label, size, style)
    return sheet


def matrix_legends(parts: Sequence[str]) -> tuple[list[list[GridAnnotation]], list[list[GridAnnotation]]]:
    """Return the legends of columns and rows for all combinations of parts; those left out are struck through."""
    half = (len(parts) + 1) // 2
    columns, rows = (
        [
            [GridAnnotation(part, is_active=bool(number >> i & 1)) for i, part in enumerate(some)]
            for number in range(2 ** len(some))
        ]
        for some in (parts[:half], parts[half:])
    )
    return columns, rows


def _sheet_size(
    columns: int, rows: int, cell: tuple[int, int], margin: int, corner: tuple[int, int]
) -> tuple[int, int]:
    (width, height), (left, top) = cell, corner
    return (
        left + columns * width + max(columns - 1, 0) * margin,
        top + rows * height + max(rows - 1, 0) * margin,
    )


def _have_text(labels: Sequence[Sequence[GridAnnotation]]) -> bool:
    return any(text.text for texts in labels for text in texts)


def _lay_out(texts: Sequence[GridAnnotation], width: int, size: int, style: LegendStyle) -> _Label:
    """Break texts into lines that fit; a single word that is too long is made smaller when it is drawn."""
    font = find_font(size, style.font)
    lines: list[_Line] = []
    for text in texts:
        for piece in _wrap(shorten(str(text.text), LONGEST_TEXT), width, font):
            lines.append(_Line(piece, text.is_active, *text_size(piece, font)))
    return _Label(tuple(lines), width, size // 2)


def _wrap(text: str, width: int, font: Font) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _draw_label(sheet: Image.Image, at: tuple[float, float], label: _Label, size: int, style: LegendStyle) -> None:
    """Draw the lines of a label one below the other, centred at x, from y on."""
    x, y = at
    for line in label.lines:
        color = style.active if line.is_active else style.inactive
        draw_text(sheet, (x, y + line.height / 2), line.text, _fitting_font(line, label.width, size, style), color)
        if not line.is_active:
            half, middle = line.width // 2, y + line.height // 2
            ImageDraw.Draw(sheet).line((x - half, middle, x + half, middle), fill=color, width=STRIKE_WIDTH)
        y += line.height + label.spacing


def _fitting_font(line: _Line, width: int, size: int, style: LegendStyle) -> Font:
    font = find_font(size, style.font)
    while size > 1 and font.getlength(line.text) > width:
        size -= 1
        font = find_font(size, style.font)
    return font
