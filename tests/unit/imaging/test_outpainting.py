"""Outpainting: margins, masks, and noise that continues a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modules.imaging.matched_noise import match_histograms, matched_noise
from modules.imaging.outpainting import DIRECTIONS, Margins, find_margins, outer_mask, padded_size, put_on_canvas


@given(st.integers(1, 600), st.integers(1, 300), st.sets(st.sampled_from(DIRECTIONS)))
def test_margins_are_where_they_were_asked_for_and_fill_up_to_64(length, pixels, sides):
    margins = find_margins((length, 2 * length), pixels, sides)
    width, height = margins.around((length, 2 * length))

    for side in DIRECTIONS:
        assert getattr(margins, side) >= pixels if side in sides else getattr(margins, side) == 0
    assert width == length if not sides & {"left", "right"} else width % 64 == 0
    assert height == 2 * length if not sides & {"up", "down"} else height % 64 == 0


def test_margins_of_two_sides_are_alike():
    assert find_margins((100, 64), 30, ["left", "right"]) == Margins(left=46, right=46)


def test_the_picture_is_kept_but_for_its_new_sides():
    margins = Margins(left=32, down=64)
    picture = Image.new("RGB", (96, 64), "white")
    canvas = padded_size(margins.around(picture.size))
    mask = np.asarray(outer_mask(picture.size, margins, canvas, (8, 4)))

    assert canvas == (128, 128)
    assert np.asarray(put_on_canvas(picture, margins, canvas))[0, :, 0].tolist() == [0] * 32 + [255] * 96
    assert mask[0].tolist() == [255] * 40 + [0] * 88
    assert mask[:, 100].tolist() == [0] * 61 + [255] * 67


def test_a_picture_smaller_than_the_blur_is_painted_all_over():
    assert outer_mask((20, 20), Margins(10, 10, 10, 10), (64, 64), (32, 32)).getextrema() == (255, 255)


@pytest.fixture(scope="module")
def stripes():
    """A grey picture with vertical stripes 8 pixels wide; its right half is to be made up."""
    across = 0.5 + 0.3 * np.sin(np.arange(128) / 8 * np.pi)
    image = np.tile(across[None, :, None], (96, 1, 3)) * np.array([1.0, 0.8, 0.6])
    mask = np.zeros((96, 128))
    mask[:, 64:] = 1
    return image, mask


def test_noise_has_colours_and_directions_of_the_picture(stripes):
    image, mask = stripes
    made = matched_noise(image, mask)
    new, old = made[:, 64:], image[:, :64]

    assert np.array_equal(made[:, :64], old)
    assert np.abs(new.mean((0, 1)) - old.mean((0, 1))).max() < 0.02
    assert np.abs(np.diff(new, axis=1)).mean() > 3 * np.abs(np.diff(new, axis=0)).mean()


def test_noise_is_always_the_same(stripes):
    assert np.array_equal(matched_noise(*stripes), matched_noise(*stripes))


def test_noise_of_a_black_or_unknown_picture_is_a_picture(stripes):
    _, mask = stripes
    for image, covered in ((np.zeros((96, 128, 3)), mask), (np.full((96, 128, 3), 0.3), np.ones((96, 128)))):
        made = matched_noise(image, covered, 0.0, 1.0)
        assert np.isfinite(made).all()
        assert 0 <= made.min() <= made.max() <= 1


def test_histograms_are_matched_in_order():
    values, like = np.array([[3.0], [1.0], [2.0]]), np.array([[10.0], [30.0], [20.0]])
    assert match_histograms(values, like).ravel().tolist() == [30, 10, 20]
