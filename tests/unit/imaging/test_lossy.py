"""A picture is recognised in the lossy file that was made of it, and another one is not."""

import numpy as np
import pytest
from PIL import Image

from modules.imaging.difference import compare, difference_picture
from modules.imaging.load import load_image
from modules.imaging.lossy import compare_as_stored, find_way, is_lossy
from modules.imaging.metadata import EncodeOptions, encode_image

FILES = [("jpg", 60), ("jpg", 80), ("jpg", 95), ("jpg", 100), ("webp", 80), ("webp", 83), ("webp", 41), ("gif", 80)]


def picture(seed=0, size=(96, 64)):
    """Blobs of colour with some texture."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 9, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    return Image.fromarray(
        (np.asarray(coarse) + random.integers(-8, 9, (size[1], size[0], 3))).clip(0, 255).astype("u1")
    )


def changed(image, amount, share, seed=1):
    random = np.random.default_rng(seed)
    values = np.asarray(image).astype(int)
    noise = random.integers(-amount, amount + 1, values.shape) * (random.random(values.shape) < share)
    return Image.fromarray((values + noise).clip(0, 255).astype("u1"))


def stored(image, name, quality):
    data = encode_image(image, name, "x", EncodeOptions(quality=quality))
    assert is_lossy(load_image(data), data)
    return load_image(data)


@pytest.mark.parametrize(("name", "quality"), FILES)
def test_the_way_of_a_file_is_found_exactly(name, quality):
    original = picture()
    file = stored(original, name, quality)

    assert compare(original, file).largest > 2
    assert compare(find_way(original, file)(original), file).largest == 0


@pytest.mark.parametrize(("name", "quality"), FILES)
def test_a_picture_within_two_levels_is_the_same_and_one_further_off_is_not(name, quality):
    original = picture()
    file = stored(original, name, quality)

    assert compare_as_stored(original, file)[1]
    assert compare_as_stored(changed(original, 1, 0.02), file)[1]
    assert not compare_as_stored(changed(original, 8, 1), file)[1]
    assert not compare_as_stored(picture(seed=3), file)[1]


def test_avif_is_found_at_its_usual_quality():
    original = picture()
    difference, same = compare_as_stored(original, stored(original, "avif", 80))

    assert (difference.largest, same) == (0, True)


def test_grey_and_progressive_jpegs(tmp_path):
    original = picture()
    original.convert("L").save(tmp_path / "grey.jpg", quality=70)
    original.save(tmp_path / "progressive.jpg", quality=70, progressive=True, subsampling=0, optimize=True)

    for name in ("grey.jpg", "progressive.jpg"):
        assert compare_as_stored(original, load_image(tmp_path / name))[0].largest == 0


def test_lossless_files_are_told_apart():
    data = encode_image(picture(), "webp", "x", EncodeOptions(webp_lossless=True))

    assert not is_lossy(load_image(data), data)
    assert not is_lossy(load_image(encode_image(picture(), "png")), b"")


def test_numbers_of_a_difference():
    black, grey = Image.new("RGB", (2, 2)), Image.new("RGB", (2, 2))
    grey.putpixel((0, 0), (6, 0, 0))

    apart = compare(black, grey)
    assert (apart.largest, apart.mean, apart.mean_square) == (6, 0.5, 3)
    assert round(apart.psnr, 2) == 43.36
    assert compare(black, black).psnr == float("inf")


def test_the_difference_is_shown_beside_both_and_amplified():
    black, dark = Image.new("RGB", (10, 8)), Image.new("RGB", (10, 8), (5, 0, 0))

    sheet, factor = difference_picture(black, dark)

    assert (sheet.size, factor) == ((38, 8), 51)
    assert [sheet.getpixel((x, 0)) for x in (0, 14, 28)] == [(0, 0, 0), (5, 0, 0), (255, 0, 0)]
