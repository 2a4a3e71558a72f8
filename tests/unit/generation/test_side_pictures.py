"""Pictures that are saved beside the finished ones, and those that a job begins with."""

import hashlib
import re

import numpy as np
import pytest
from PIL import Image

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.generation.img2img_request import Img2ImgRequest
from modules.imaging.infotext import parse_infotext
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a cat", "seed": 1, "steps": 1, "width": 64, "height": 64, "sampler_name": "Euler a"}
ALL = ("save_mask", "save_mask_composite", "save_images_before_color_correction", "img2img_color_correction")


@pytest.fixture
def app(tmp_path):
    flags = Flags(data_dir=tmp_path, ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",))
    return build_app(flags)


def picture(width=96, height=96):
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8))


def mask(size=(96, 96)):
    image = Image.new("L", size)
    image.paste(255, (32, 32, 64, 64))
    return image


def saved_by(app, folder="img2img-images", **changes):
    result = app.img2img(Img2ImgRequest(**{**SMALL, "init_images": (picture(),), "save_images": True, **changes}))
    files = sorted((app.paths.data / "outputs" / folder).rglob("*.png"))
    by_suffix = {re.sub(r"^[0-9]+-1", "", path.stem): load_image(path) for path in files}
    return result.images[0], by_suffix


def test_mask_composite_and_what_was_before_colour_correction(app):
    finished, saved = saved_by(
        app,
        mask=mask(),
        mask_blur=0,
        inpaint_full_res=True,
        override_settings=dict.fromkeys(ALL, True),
    )

    assert saved.keys() == {"", "-mask", "-mask-composite", "-before-color-correction"}
    assert {read_infotext(image).infotext for image in saved.values()} == {finished.infotext}
    composite, whole = np.asarray(saved["-mask-composite"]), np.asarray(saved[""])
    inside = np.asarray(mask()) == 255
    assert composite.shape == (96, 96, 4)
    assert (composite[..., 3] == np.where(inside, 255, 0)).all()
    assert (composite[inside][:, :3] == whole[inside]).all()
    assert (np.asarray(saved["-mask"].convert("L")) == np.asarray(mask())).all()
    before = np.asarray(saved["-before-color-correction"])
    assert (before[~inside] == whole[~inside]).all() and (before[inside] != whole[inside]).any()


def test_nothing_is_beside_it_where_nothing_is_saved_or_masked(app):
    assert saved_by(app, save_images=False, mask=mask(), override_settings=dict.fromkeys(ALL, True))[1] == {}
    assert saved_by(app, override_settings=dict.fromkeys(ALL[:2], True))[1].keys() == {""}


def test_a_picture_that_a_job_begins_with_is_kept_under_its_sum(app):
    first = picture(64, 64)
    first.info["parameters"] = "how it was made"
    digest = hashlib.md5(first.tobytes()).hexdigest()

    made, _ = saved_by(app, init_images=(first,), override_settings={"save_init_img": True}, save_images=False)

    kept = load_image(app.paths.data / "outputs" / "init-images" / f"{digest}.png")
    assert kept.tobytes() == first.tobytes() and kept.info["parameters"] == "how it was made"
    assert parse_infotext(made.infotext)["Init image hash"] == digest
