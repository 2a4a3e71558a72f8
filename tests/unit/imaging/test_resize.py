"""Resize modes of img2img, and colour correction."""

import numpy as np
import pytest
from PIL import Image

from modules.imaging.color_correction import correct_colors
from modules.imaging.resize import ResizeMode, resize_image


def halves(width=40, height=20):
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize("mode", list(ResizeMode)[:3])
@pytest.mark.parametrize("size", [(1, 1), (8, 64), (64, 8), (40, 20), (41, 21), (500, 3)])
def test_the_result_has_the_size(mode, size):
    assert resize_image(mode, halves(), *size).size == size


def test_crop_keeps_the_proportions_and_the_middle():
    cropped = np.asarray(resize_image(ResizeMode.CROP, halves(), 20, 20)).astype(int)

    assert cropped[10, 2].tolist() == [255, 0, 0]
    assert cropped[10, 17].tolist() == [0, 0, 255]


def test_fill_keeps_all_and_draws_out_the_edges():
    filled = np.asarray(resize_image(ResizeMode.FILL, halves(), 40, 60)).astype(int)

    assert np.abs(filled[0] - filled[59]).max() == 0
    assert filled[5, 3].tolist() == [255, 0, 0]
    assert filled[55, 36].tolist() == [0, 0, 255]
    wide = np.asarray(resize_image(ResizeMode.FILL, halves(), 100, 20)).astype(int)
    assert wide[10, 0].tolist() == [255, 0, 0]
    assert wide[10, 99].tolist() == [0, 0, 255]


def test_no_row_stays_empty_where_the_rest_is_odd():
    assert np.asarray(resize_image(ResizeMode.FILL, Image.new("RGB", (10, 5), "white"), 10, 10)).min() == 255


def test_corrected_colors_move_towards_the_other_picture():
    generator = np.random.default_rng(1)
    ours = Image.fromarray(generator.integers(100, 200, (32, 32, 3), dtype=np.uint8))
    warm = np.stack([generator.integers(low, low + 60, (32, 32)) for low in (190, 120, 40)], axis=-1).astype(np.uint8)
    corrected = np.asarray(correct_colors(ours, Image.fromarray(warm))).astype(float).mean((0, 1))

    assert corrected[0] - corrected[2] > 80
    assert abs(corrected @ (0.299, 0.587, 0.114) - np.asarray(ours).mean((0, 1)) @ (0.299, 0.587, 0.114)) < 8


def test_the_same_picture_keeps_its_colors():
    picture = Image.fromarray(np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8))
    difference = np.abs(np.asarray(correct_colors(picture, picture)).astype(int) - np.asarray(picture))
    assert difference.mean() < 2
