"""Masks: reading, blurring, regions, filling."""

import numpy as np
import pytest
from PIL import Image

from modules.imaging.mask import (
    blur_mask,
    cut_out,
    doubled,
    expand_region,
    fill_masked,
    find_region,
    flatten,
    read_mask,
)


def dot(size=(32, 32), box=(10, 12, 20, 16)):
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def test_a_mask_is_brightness_unless_the_picture_is_transparent_somewhere():
    grey = Image.new("RGBA", (4, 4), (100, 100, 100, 255))
    assert set(read_mask(grey).tobytes()) == {100}

    grey.putpixel((1, 1), (255, 255, 255, 200))
    grey.putpixel((2, 2), (255, 255, 255, 128))
    assert [read_mask(grey).getpixel(place) for place in ((0, 0), (1, 1), (2, 2))] == [255, 255, 0]
    assert read_mask(grey, rounds=False).getpixel((1, 1)) == 200


def test_blur_spreads_alike_and_keeps_the_whole():
    blurred = np.asarray(blur_mask(dot((64, 64), (24, 24, 40, 40)), 3, 3)).astype(float)

    assert np.abs(blurred - blurred.T).max() <= 1
    assert abs(blurred.sum() - 255 * 16 * 16) < 255 * 16 * 16 * 0.01
    assert blurred[32, 32] > 250
    assert 0 < blurred[32, 21] < 128 < blurred[32, 27]


def test_blur_in_one_direction_leaves_the_other():
    blurred = np.asarray(blur_mask(dot(), 4, 0))
    assert blurred[11].max() == blurred[16].max() == 0
    assert blurred[13, 8] > 0


@pytest.mark.parametrize("blur", [0, 1, 50, 1000])
@pytest.mark.parametrize("size", [(1, 1), (2, 40), (33, 7)])
def test_any_blur_of_any_size_is_a_mask(size, blur):
    white = blur_mask(Image.new("L", size, 255), blur, blur)
    assert white.size == size
    assert set(white.tobytes()) == {255}


def test_the_region_is_the_box_of_what_is_not_black():
    assert find_region(dot(), 0) == (10, 12, 20, 16)
    assert find_region(dot(), 11) == (0, 1, 31, 27)
    assert find_region(Image.new("L", (8, 8)), 4) is None


@pytest.mark.parametrize(
    ("region", "proportions", "expanded"),
    [
        ((10, 10, 20, 20), (64, 64), (10, 10, 20, 20)),
        ((10, 10, 20, 20), (128, 64), (5, 10, 25, 20)),
        ((10, 10, 20, 20), (64, 128), (10, 5, 20, 25)),
        ((0, 10, 10, 20), (128, 64), (0, 10, 20, 20)),
        ((90, 10, 100, 20), (128, 64), (80, 10, 100, 20)),
        ((0, 0, 100, 50), (64, 640), (0, 0, 100, 100)),
    ],
)
def test_a_region_grows_to_the_proportions_inside_the_picture(region, proportions, expanded):
    assert expand_region(region, proportions, (100, 100)) == expanded


def test_filling_takes_the_colours_around_and_leaves_the_rest():
    picture = Image.new("RGB", (64, 64), (200, 30, 40))
    picture.paste((0, 0, 255), (20, 20, 40, 40))
    filled = np.asarray(fill_masked(picture, dot((64, 64), (20, 20, 40, 40)))).astype(int)

    assert np.abs(filled - (200, 30, 40)).max() <= 8


def test_a_hole_is_cut_where_the_mask_is_white():
    cut = cut_out(Image.new("RGB", (32, 32), (9, 8, 7)), dot())
    assert cut.getpixel((12, 13)) == (0, 0, 0, 0)
    assert cut.getpixel((0, 0)) == (9, 8, 7, 255)


def test_doubling_has_an_end():
    values = Image.fromarray(np.array([[0, 100, 128, 255]], dtype=np.uint8))
    assert list(doubled(values).tobytes()) == [0, 200, 255, 255]


def test_transparent_parts_get_the_background():
    half = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    half.putpixel((1, 0), (0, 0, 0, 0))
    flat = flatten(half, "#102030")
    assert (flat.mode, flat.getpixel((0, 0)), flat.getpixel((1, 0))) == ("RGB", (255, 0, 0), (16, 32, 48))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"])
def test_pictures_of_every_mode_become_rgb(mode):
    image = Image.new(mode, (3, 2)) if mode != "HSV" else Image.new("RGB", (3, 2)).convert("HSV")
    assert flatten(image, "#ffffff").mode == "RGB"
