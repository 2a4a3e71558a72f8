import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modules.generation.axis_grid import AxisGrid, join_sheets, make_sheets
from modules.imaging.legend import LegendStyle

counts = st.integers(1, 4)


def grid_of(columns, rows, sheets):
    names = [
        tuple(f"{axis}{i}" for i in range(count)) for axis, count in zip("xyz", (columns, rows, sheets), strict=True)
    ]
    return AxisGrid(*names)


def changes(cells: Sequence[tuple[int, int, int]], axis: int) -> int:
    return sum(before[axis] != after[axis] for before, after in itertools.pairwise(cells))


@given(counts, counts, counts, st.tuples(*[st.sampled_from([0, 0.2, 0.7, 1])] * 3))
def test_every_cell_comes_once_and_slow_axes_change_least(columns, rows, sheets, costs):
    grid = grid_of(columns, rows, sheets)
    cells = list(grid.order(costs))

    assert sorted(grid.place(cell) for cell in cells) == list(range(grid.cell_count))
    slowest = max((2, 1, 0), key=lambda axis: costs[axis])
    assert changes(cells, slowest) == grid.counts[slowest] - 1


def test_axes_of_equal_cost_go_sheet_by_sheet_and_row_by_row():
    grid = grid_of(2, 2, 2)

    assert [grid.place(cell) for cell in grid.order((0, 0, 0))] == list(range(8))


@given(counts, counts, counts, st.booleans())
def test_each_picture_is_where_its_legends_say(columns, rows, sheets, with_legends):
    grid = grid_of(columns, rows, sheets)
    colors = [(i + 1, 20, 30) for i in range(grid.cell_count)]
    pictures = [Image.new("RGB", (40, 32), color) for color in colors]

    made = make_sheets(pictures, grid, LegendStyle() if with_legends else None, 0, "#ffffff")

    for x, y, z in grid.order((0, 0, 0)):
        at = made[z].width - 40 * (columns - x) + 20, made[z].height - 32 * (rows - y) + 16
        assert made[z].getpixel(at) == colors[grid.place((x, y, z))]
    assert len(made) == sheets
    assert join_sheets(made, grid, None, "#ffffff").size == (made[0].width * sheets, made[0].height)


def test_missing_cells_are_blank_and_pictures_of_other_sizes_keep_theirs():
    grid = grid_of(2, 2, 1)
    pictures = [None, Image.new("RGB", (8, 8), "red"), Image.new("RGB", (16, 8), "blue"), None]

    (sheet,) = make_sheets(pictures, grid, None, 0, "#00ff00")

    assert sheet.size == (32, 16)
    assert sheet.getpixel((2, 2)) == sheet.getpixel((17, 2)) == sheet.getpixel((30, 14)) == (0, 255, 0)
    assert sheet.getpixel((24, 4)) == (255, 0, 0)


def test_titles_of_sheets_stand_above_them():
    grid = AxisGrid(("Steps: 4", "Steps: 6"), ("CFG Scale: 1.0", "CFG Scale: 7.0"), ("Seed: 5", "Seed: 6"))
    made = make_sheets([Image.new("RGB", (64, 64))] * 8, grid, LegendStyle(), 4, "#ffffff")

    assert [sheet.size for sheet in made] == [(180, 141), (180, 141)]
    assert join_sheets(made, grid, LegendStyle(), "#ffffff").size == (360, 163)


def test_a_plot_without_any_picture_has_no_size():
    with pytest.raises(ValueError, match="not enough"):
        make_sheets([None], grid_of(1, 1, 1), None, 0, "#ffffff")
