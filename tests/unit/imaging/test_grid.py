import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.imaging.grid import grid_rows, image_grid, wants_grid
from modules.imaging.options import GRID_ONLY_IF_MULTIPLE, GRID_PREVENT_EMPTY_SPOTS, N_ROWS

COLORS = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250)]


@pytest.mark.parametrize(
    ("count", "rows"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, 2), (7, 3), (9, 3), (12, 3), (13, 4), (16, 4)]
)
def test_rows_are_the_rounded_root_of_the_count(count, rows):
    assert grid_rows(Settings(), count, 1) == rows


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 1), (6, 2), (7, 1), (8, 2), (9, 3), (12, 3), (15, 3), (13, 1)])
def test_rows_that_leave_no_gaps_divide_the_count(count, rows):
    assert grid_rows(Settings({GRID_PREVENT_EMPTY_SPOTS.name: True}), count, 1) == rows


@pytest.mark.parametrize(("n_rows", "rows"), [(0, 4), (1, 1), (3, 3), (16, 8)])
def test_rows_may_be_given_or_be_the_batch_size(n_rows, rows):
    assert grid_rows(Settings({N_ROWS.name: n_rows}), 8, 4) == rows


@given(st.integers(1, 200), st.integers(-1, 16), st.booleans())
def test_every_picture_has_a_place(count, n_rows, without_gaps):
    chosen = Settings({N_ROWS.name: n_rows, GRID_PREVENT_EMPTY_SPOTS.name: without_gaps})
    rows = grid_rows(chosen, count, 3)

    assert 1 <= rows <= count
    if n_rows == -1 and without_gaps:
        assert count % rows == 0


def test_pictures_are_placed_row_by_row():
    grid = image_grid([Image.new("RGB", (4, 6), color) for color in COLORS], 2, "#ffffff")

    cells = [grid.getpixel((column * 4 + 1, row * 6 + 1)) for row in range(2) for column in range(3)]
    assert grid.size == (12, 12)
    assert cells == [*COLORS, (255, 255, 255)]


def test_smaller_pictures_are_centred_on_the_background():
    grid = image_grid([Image.new("RGB", (2, 2), COLORS[0]), Image.new("RGB", (6, 4), COLORS[1])], 1, "#102030")

    assert grid.size == (12, 4)
    assert [grid.getpixel(at) for at in ((0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (6, 0))] == [
        (16, 32, 48), (16, 32, 48), COLORS[0], COLORS[0], (16, 32, 48), COLORS[1]
    ]  # fmt: skip


@given(
    st.lists(st.sampled_from(["1", "L", "P", "RGB", "RGBA", "I;16", "LA"]), min_size=1, max_size=7), st.integers(-3, 20)
)
def test_any_pictures_and_rows_make_a_grid(modes, rows):
    grid = image_grid([Image.new(mode, (3, 2)) for mode in modes], rows)

    assert grid.mode == "RGB"
    assert (grid.width // 3) * (grid.height // 2) >= len(modes)
    assert grid.width // 3 == math.ceil(len(modes) / (grid.height // 2))


@pytest.mark.parametrize("color", ["", "no color", "#12", "#ffffffffff"])
def test_a_background_that_is_no_color_is_black(color):
    assert image_grid([Image.new("RGB", (2, 2), "red")] * 3, 2, color).getpixel((3, 3)) == (0, 0, 0)


def test_no_pictures_are_no_grid():
    with pytest.raises(InputError):
        image_grid([], 1)


def test_a_grid_of_one_is_made_only_if_asked_for():
    asked = Settings({GRID_ONLY_IF_MULTIPLE.name: False})

    assert [wants_grid(Settings(), count) for count in (0, 1, 2)] == [False, False, True]
    assert [wants_grid(asked, count) for count in (0, 1, 2)] == [False, True, True]
