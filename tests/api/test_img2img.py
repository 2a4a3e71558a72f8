"""POST /sdapi/v1/img2img: A1111's fields, what it refuses, what it replies."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modules.api.schemas import Img2ImgBody

DATA = Path(__file__).parents[1] / "data"
A1111_FIELDS = json.loads((DATA / "api" / "a1111_img2img_fields.json").read_text())
OF_THE_OTHER_ROUTE = {"firstpass_image"}
"""A1111 shows it here as well, where it does nothing."""

URL = "/sdapi/v1/img2img"
SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 7, "sampler_name": "Euler a"}


def encoded(image, format_="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, format_)
    return base64.b64encode(buffer.getvalue()).decode()


def picture(width=64, height=64):
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8))


PICTURE = encoded(picture())
MASK = Image.new("L", (64, 64))
MASK.paste(255, (16, 16, 40, 40))


@pytest.fixture
def img2img(client):
    return lambda **fields: client.post(URL, json={**SMALL, "init_images": [PICTURE], **fields})


def opened(answer, index=0):
    return Image.open(io.BytesIO(base64.b64decode(answer.json()["images"][index])))


def test_the_fields_and_defaults_are_those_of_a1111():
    recorded = {name: field["default"] for name, field in A1111_FIELDS.items() if name not in OF_THE_OTHER_ROUTE}
    defaults = {name: field.default for name, field in Img2ImgBody.model_fields.items() if name in recorded}
    assert {name: value or None for name, value in defaults.items()} == {k: v or None for k, v in recorded.items()}


def test_the_picture_comes_back_with_its_infotext(img2img):
    answer = img2img(denoising_strength=0.4)

    image = opened(answer)
    assert image.size == (64, 64)
    assert "Denoising strength: 0.4" in image.info["parameters"]
    assert json.loads(answer.json()["info"])["denoising_strength"] == 0.4


def test_pictures_are_repeated_only_when_asked_for(img2img):
    plain, repeated = img2img(mask=encoded(MASK)), img2img(mask=encoded(MASK), include_init_images=True)

    assert (plain.json()["parameters"]["init_images"], plain.json()["parameters"]["mask"]) == (None, None)
    assert repeated.json()["parameters"]["init_images"] == [PICTURE]


def test_the_mask_may_be_a_data_uri_and_what_is_outside_stays(img2img):
    answer = img2img(mask="data:image/png;base64," + encoded(MASK), inpainting_fill=1, inpaint_full_res=False)

    assert np.array_equal(np.asarray(opened(answer))[:5], np.asarray(picture())[:5])


def test_pictures_are_saved_into_the_folder_of_img2img(img2img, app):
    img2img(save_images=True)
    assert list((app.paths.data / "outputs" / "img2img-images").rglob("*.png"))


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"init_images": None}, 404, "Init image not found"),
        ({"init_images": []}, 404, "Init image not found"),
        ({"init_images": ["no picture"]}, 400, "Invalid encoded image"),
        ({"init_images": [base64.b64encode(b"<svg/>").decode()]}, 400, "Invalid encoded image"),
        ({"init_images": [PICTURE, PICTURE]}, 400, "batch size"),
        ({"init_images": PICTURE}, 422, "init_images"),
        ({"mask": "no picture"}, 400, "Invalid encoded image"),
        ({"mask": encoded(MASK)[:100]}, 400, "Invalid encoded image"),
        ({"denoising_strength": 3}, 400, "Denoising strength"),
        ({"resize_mode": 9}, 400, "Resize mode"),
        ({"inpainting_fill": -1}, 400, "Masked content"),
        ({"mask_blur": -4}, 400, "Mask blur"),
        ({"script_name": "no such script"}, 422, "no such script"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_field_is_told_and_the_server_goes_on(img2img, fields, status, word):
    answer = img2img(**fields)

    assert (answer.status_code, word in answer.text) == (status, True), answer.text[:300]
    assert len(answer.text) < 1000
    assert img2img(steps=1).status_code == 200


@pytest.mark.parametrize(("format_", "mode"), [("JPEG", "RGB"), ("WEBP", "RGBA"), ("TIFF", "CMYK"), ("GIF", "P")])
def test_pictures_of_other_formats_are_taken(img2img, format_, mode):
    answer = img2img(init_images=[encoded(picture(40, 30).convert(mode), format_)], steps=1)
    assert opened(answer).size == (64, 64)


def test_an_exif_rotation_is_obeyed(img2img):
    wide = Image.new("RGB", (64, 32), "red")
    wide.paste("blue", (0, 0, 32, 32))
    exif = wide.getexif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees
    buffer = io.BytesIO()
    wide.save(buffer, "PNG", exif=exif)
    turned = encoded(wide.transpose(Image.Transpose.ROTATE_270))

    by_exif = img2img(init_images=[base64.b64encode(buffer.getvalue()).decode()], width=32, denoising_strength=0)
    by_hand = img2img(init_images=[turned], width=32, denoising_strength=0)
    assert np.array_equal(np.asarray(opened(by_exif)), np.asarray(opened(by_hand)))
