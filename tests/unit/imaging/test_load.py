"""Pictures from outside, of every depth and kind, and what is refused."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from modules.core.errors import InputError
from modules.imaging.load import load_image


def written(image, format_="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


RAMP = np.array([[0, 20_000, 40_000, 65_535]], np.uint16)


@pytest.mark.parametrize(
    ("image", "format_", "values"),
    [
        (Image.fromarray(RAMP), "PNG", [0, 78, 156, 255]),
        (Image.fromarray(RAMP), "TIFF", [0, 78, 156, 255]),
        (Image.fromarray(RAMP.astype(np.int32)), "TIFF", [0, 78, 156, 255]),
        (Image.fromarray((RAMP // 257).astype(np.int32)), "TIFF", [0, 77, 155, 255]),
        (Image.fromarray(np.array([[0, 0.25, 0.5, 1]], np.float32)), "TIFF", [0, 64, 128, 255]),
        (Image.fromarray(np.array([[0, 1, 2, np.nan]], np.float32)), "TIFF", [0, 128, 255, 0]),
    ],
    ids=["16 bit", "16 bit TIFF", "32 bit", "32 bit of bytes", "float", "float beyond 1"],
)
def test_deep_grey_keeps_its_shades(image, format_, values):
    loaded = load_image(written(image, format_))
    assert loaded.mode == "L"
    assert np.asarray(loaded).tolist() == [pytest.approx(values, abs=1)]


def test_what_is_written_in_a_deep_picture_is_kept():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat")
    assert load_image(written(Image.fromarray(RAMP), pnginfo=info)).info["parameters"] == "a cat"


def test_of_an_animation_the_first_picture_counts():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for format_ in ("GIF", "WEBP", "PNG"):
        data = written(frames[0], format_, save_all=True, append_images=frames[1:])
        red, _green, blue = load_image(data).convert("RGB").getpixel((4, 4))
        assert red > 240 and blue < 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["empty", "text", "SVG", "EPS", "PNG without content"],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(InputError, match="no image that can be read"):
        load_image(data)


def test_half_a_picture_is_refused():
    whole = written(Image.effect_noise((64, 64), 50))
    with pytest.raises(InputError):
        load_image(whole[: len(whole) // 2])


def test_a_small_file_of_too_many_pixels_is_refused():
    bomb = written(Image.new("1", (20_000, 20_000)))
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="too many pixels"):
        load_image(bomb)
