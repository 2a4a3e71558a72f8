"""The X/Y/Z plot itself: what is on its axes, its cells one by one, and what is shown in the end (contract 7.1)."""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from modules.core.errors import InputError, WebUIError
from modules.core.registry import shorten
from modules.generation.axes import AxisOption, read_size, str_permutations
from modules.generation.axis_grid import AxisGrid, Cell, join_sheets, make_sheets
from modules.generation.axis_values import decimal_numbers, join_list, orders, split_list, whole_numbers
from modules.generation.processed import Processed
from modules.generation.run import process_images
from modules.imaging.infotext import quote
from modules.imaging.legend import legend_style
from modules.imaging.options import GRID_BACKGROUND_COLOR, IMG_MAX_SIZE_MP

log = logging.getLogger(__name__)

TITLE = "X/Y/Z plot"
LARGEST_MARGIN = 500
LARGEST_SEED = 4294967293
SEED_AXES = ("Seed", "Var. seed")
TELL_FAILURES = 3


@dataclass(frozen=True)
class Axis:
    """What is along one axis of a plot.

    Attributes:
        letter: X, Y or Z.
        written: the values as people wrote them, for the infotext.
        fixed: random seeds were drawn in place of -1.
    """

    letter: str
    option: AxisOption
    values: list[Any]
    written: str
    fixed: bool = False

    def legends(self, p: Any) -> tuple[str, ...]:
        return tuple(self.option.format_value(p, self.option, value) for value in self.values)

    def parameters(self) -> dict[str, str]:
        """Return what the infotext says of it."""
        if self.option.label == "Nothing":
            return {}
        written = {f"{self.letter} Type": self.option.label, f"{self.letter} Values": self.written}
        if self.fixed:
            written[f"Fixed {self.letter} Values"] = ", ".join(str(value) for value in self.values)
        return written


def read_axis(letter: str, option: AxisOption, text: str, chosen: Sequence[str], *, as_text: bool, keep: bool) -> Axis:
    """Read the values of an axis from its text, or from the values chosen.

    Raises:
        InputError: there are none, or they cannot be read.
    """
    if option.label == "Nothing":
        return Axis(letter, option, [0], "")
    if option.choices is not None and chosen and not as_text:
        text = join_list(chosen)
    try:
        values = read_values(option, text)
    except WebUIError as error:
        raise type(error)(f"{letter} axis, {option.label}: {error}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{letter} axis, {option.label}: {shorten(text)!r} cannot be read ({error}).") from error
    if not values:
        raise InputError(
            f"The {letter} axis has no values: enter some for {option.label}, or choose Nothing as {letter} type."
        )
    fixed = option.label in SEED_AXES and not keep
    if fixed:
        values = [random.randint(0, LARGEST_SEED) if value == -1 else value for value in values]
    return Axis(letter, option, values, text, fixed)


def read_values(option: AxisOption, text: str) -> list[Any]:
    """Read a text as the values that an axis takes."""
    if option.prepare is not None:
        return list(option.prepare(text))
    texts = split_list(text)
    if option.type is int:
        return whole_numbers(texts)
    if option.type is float:
        return decimal_numbers(texts)
    if option.type is str_permutations:
        return orders(texts) if texts else []
    if option.choices is not None:
        texts = [value for value in texts if value]
    return [option.type(value) for value in texts]


def check(axes: Sequence[Axis], p: Any, margin: int) -> None:
    """Look at everything that can be known before the first picture is made.

    Raises:
        WebUIError: what is wrong.
    """
    for axis in axes:
        try:
            if axis.option.confirm is not None and axis.option.label != "Nothing":
                axis.option.confirm(p, axis.values)
        except WebUIError as error:
            raise type(error)(f"{axis.letter} axis, {axis.option.label}: {error}") from error
    if not 0 <= margin <= LARGEST_MARGIN:
        raise InputError(f"Grid margins must be from 0 to {LARGEST_MARGIN} pixels, not {margin}.")
    cells = [len(axis.values) for axis in axes]
    width, height = largest_cell(axes, p)
    megapixels = cells[0] * (width + margin) * cells[1] * (height + margin) * cells[2] / 1e6
    most = p.program.settings(p.override_settings)[IMG_MAX_SIZE_MP]
    if megapixels > most:
        raise InputError(
            f"The plot has {' x '.join(map(str, cells))} pictures and would become {megapixels:,.0f} megapixels; take "
            f"fewer values or a smaller size (Maximum image size in Settings is {most:g})."
        )


def largest_cell(axes: Sequence[Axis], p: Any) -> tuple[int, int]:
    """Return how large a picture can become."""
    sizes = [read_size(size) for axis in axes if axis.option.label == "Size" for size in axis.values]
    width, height = (
        max((size[0] for size in sizes), default=p.width),
        max((size[1] for size in sizes), default=p.height),
    )
    if not getattr(p, "enable_hr", False):
        return width, height
    if p.hr_resize_x or p.hr_resize_y:
        return max(width, p.hr_resize_x), max(height, p.hr_resize_y)
    return int(width * p.hr_scale), int(height * p.hr_scale)


def copy_of(p: Any) -> Any:
    """Copy a job, so that what an axis changes in one cell does not show in the next."""
    own = copy.copy(p)
    own.styles = list(p.styles or ())
    own.override_settings = dict(p.override_settings or {})
    own.extra_generation_params = dict(p.extra_generation_params)
    return own


class Plot:
    """The cells of a plot while they are made."""

    def __init__(self, p: Any, axes: Sequence[Axis], vary_seeds: Sequence[bool]) -> None:
        self.p = p
        self.axes = axes
        self.vary_seeds = vary_seeds
        self.grid = AxisGrid(*(axis.legends(p) for axis in axes))
        self.made: dict[int, Processed] = {}
        self.failures: list[WebUIError] = []

    def make_cells(self) -> None:
        """Make all pictures, unless they are interrupted. A cell that fails stays blank.

        Raises:
            WebUIError: not a single one could be made.
        """
        passes = self.p.n_iter * (2 if getattr(self.p, "enable_hr", False) else 1)
        self.p.progress.plan_all(self.grid.cell_count * passes)
        for cell in self.grid.order([axis.option.cost for axis in self.axes]):
            if self.p.progress.interrupted or self.p.progress.stopping:
                break
            self._make(cell)
        if self.failures and not self.made:
            raise self.failures[0]
        for failure in self.failures[:TELL_FAILURES]:
            self.p.comment(f"A cell of the plot stayed blank: {failure}")

    def _make(self, cell: Cell) -> None:
        job = copy_of(self.p)
        try:
            for axis, number in zip(self.axes, cell, strict=True):
                axis.option.apply(job, axis.values[number], axis.values)
            job.seed += self._seed_offset(cell)
            processed = process_images(job)
        except WebUIError as error:
            log.warning("A cell of the X/Y/Z plot failed: %s", error)
            self.failures.append(error)
            return
        if processed.images:
            self.made[self.grid.place(cell)] = processed

    def _seed_offset(self, cell: Cell) -> int:
        """Return what is added to the seed of a cell, so that no two places along the varied axes share one."""
        offset, step = 0, 1
        for number, count, varied in zip(cell, self.grid.counts, self.vary_seeds, strict=True):
            if varied:
                offset, step = offset + number * step, step * count
        return offset

    def infotext(self, places: Sequence[int], axes: Sequence[Axis]) -> str:
        """Return the infotext of a sheet: that of its first picture, and what is along its axes."""
        first = next((self.made[place] for place in places if place in self.made), None)
        first = first or self.made[min(self.made)]
        parameters = {"Script": TITLE}
        for axis in axes:
            parameters |= axis.parameters()
        return add_parameters(first.infotexts[0], parameters)


def add_parameters(infotext: str, parameters: dict[str, str]) -> str:
    """Add parameters to an infotext, before the version at its end."""
    body, comma, version = infotext.rpartition(", Version: ")
    if not comma:
        body, version = infotext, ""
    added = "".join(f", {key}: {quote(value)}" for key, value in parameters.items() if value)
    return f"{body}{added}{comma}{version}"


@dataclass(frozen=True)
class Sheets:
    """The sheets of a plot: all of it, and one for each value of the third axis; each with its infotext."""

    main: tuple[Image.Image, str]
    parts: list[tuple[Image.Image, str]]


def draw_sheets(plot: Plot, margin: int, *, legends: bool) -> Sheets:
    """Lay the pictures of a plot out; cells that were not made stay blank."""
    settings = plot.p.program.settings(plot.p.override_settings)
    background, style = settings[GRID_BACKGROUND_COLOR], legend_style(settings) if legends else None
    count = plot.grid.cell_count
    pictures = [plot.made[place].images[0] if place in plot.made else None for place in range(count)]
    sheets = make_sheets(pictures, plot.grid, style, margin, background)
    each = count // len(sheets)
    texts = [plot.infotext(range(i * each, (i + 1) * each), plot.axes[:2]) for i in range(len(sheets))]
    main = join_sheets(sheets, plot.grid, style, background) if len(sheets) > 1 else sheets[0].copy()
    return Sheets((main, plot.infotext(range(count), plot.axes)), list(zip(sheets, texts, strict=True)))


def finish(plot: Plot, sheets: Sheets, *, with_parts: bool, with_pictures: bool) -> Processed:
    """Return what is shown: the whole sheet, its parts and the pictures, the latter two if they are wanted."""
    places = sorted(plot.made)
    cells = [plot.made[place] for place in places]
    each = plot.grid.cell_count // len(sheets.parts)
    parts = sheets.parts if with_parts else []
    firsts = [next((plot.made[p] for p in places if p // each == i), cells[0]) for i in range(len(parts))]
    described = [*firsts, *cells]

    shown = copy.copy(cells[0])
    shown.images = [sheets.main[0], *(image for image, _ in parts)]
    if with_pictures:
        shown.images += [cell.images[0] for cell in cells]
    shown.infotexts = [sheets.main[1], *(text for _, text in parts), *(cell.infotexts[0] for cell in cells)]
    shown.all_prompts = [cell.prompt for cell in described]
    shown.all_seeds = [cell.seed for cell in described]
    shown.index_of_first_image = 1
    return shown
