"""Enlarging pictures."""

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from modules.core.errors import UnknownNameError
from modules.enhance.upscalers import UPSCALERS, Upscaler, resize_to, upscale


def picture(width, height):
    values = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def test_nearest_repeats_pixels():
    small = picture(8, 8)
    large = resize_to(small, 16, 16, UPSCALERS.get("Nearest"))

    assert np.array_equal(np.asarray(large), np.asarray(small).repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("name", ["None", "Lanczos"])
def test_none_and_lanczos_are_the_plain_resize(name):
    small = picture(16, 24)
    large = resize_to(small, 32, 48, UPSCALERS.get(name))

    assert np.array_equal(np.asarray(large), np.asarray(small.resize((32, 48), Resampling.LANCZOS)))


def test_sides_are_cut_to_multiples_of_8():
    assert upscale(picture(200, 120), 1.5, UPSCALERS.get("Nearest")).size == (296, 176)


def test_an_upscaler_of_its_own_factor_is_applied_until_the_picture_is_large_enough():
    sizes = []

    def double(image, _scale, _job):
        sizes.append(image.size)
        return image.resize((image.width * 2, image.height * 2))

    large = upscale(picture(16, 16), 3, Upscaler("twice", double, scale=2))

    assert sizes == [(16, 16), (32, 32)]
    assert large.size == (48, 48)


def test_an_upscaler_that_does_nothing_ends():
    assert upscale(picture(16, 16), 4, Upscaler("idle", lambda image, _scale, _job: image)).size == (64, 64)


def test_making_smaller_does_not_ask_the_upscaler():
    def refuse(_image, _scale, _job):
        raise AssertionError

    assert resize_to(picture(64, 64), 32, 48, Upscaler("never", refuse)).size == (32, 48)


def test_an_unknown_upscaler_is_told_with_a_close_name():
    with pytest.raises(UnknownNameError, match='mean "Lanczos"'):
        UPSCALERS.get("Lanczoss")
