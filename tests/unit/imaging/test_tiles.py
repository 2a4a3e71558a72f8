"""Tiles of a picture, and the picture that they make."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.core.errors import InputError
from modules.imaging.tiles import combine_grid, split_grid


def noise(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 150), st.integers(1, 150), st.integers(2, 90), st.integers(2, 90), st.integers(0, 89))
def test_tiles_put_together_are_the_picture(width, height, tile_w, tile_h, overlap):
    picture = noise(width, height)
    grid = split_grid(picture, tile_w, tile_h, min(overlap, tile_w - 1, tile_h - 1))

    assert combine_grid(grid).tobytes() == picture.tobytes()
    assert {tile.size for _, _, row in grid.tiles for _, _, tile in row} == {(min(tile_w, width), min(tile_h, height))}


@pytest.mark.parametrize(
    ("length", "tile", "overlap", "starts"),
    [(256, 128, 16, [0, 64, 128]), (192, 96, 16, [0, 48, 96]), (192, 128, 32, [0, 64]), (100, 512, 64, [0])],
)
def test_tiles_are_as_few_as_overlap_enough_and_evenly_spaced(length, tile, overlap, starts):
    grid = split_grid(Image.new("RGB", (length, tile)), tile, tile, overlap)

    assert [left for left, _, _ in grid.tiles[0][2]] == starts


def test_a_tile_fades_in_over_the_overlap():
    grid = split_grid(Image.new("RGB", (150, 100)), 100, 100, 50)
    grid.tiles[0][2][1][2] = Image.new("RGB", (100, 100), "white")
    row = np.asarray(combine_grid(grid))[50, :, 0].astype(int)

    assert row[:50].max() == 0
    assert row[100:].min() == 255
    assert np.abs(np.diff(row[50:101]) - 5).max() <= 1


@pytest.mark.parametrize("overlap", [64, 65, 1000, -1])
def test_an_overlap_as_large_as_the_tile_is_refused(overlap):
    with pytest.raises(InputError, match="overlap"):
        split_grid(noise(128, 128), 64, 64, overlap)
