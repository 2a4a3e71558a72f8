"""A picture's parameters, pasted into the page, make the same picture, whatever was set before."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.core.options import OPTIONS
from modules.frontend.fields import read_request
from modules.frontend.paste import paste_updates, read_pasted
from modules.frontend.tabs import txt2img
from modules.generation.request import Txt2ImgRequest

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
BASE = {"prompt": "a cat", "negative_prompt": "bad", "seed": 7, "steps": 3, "width": 64, "height": 72, "cfg_scale": 5.5}
HIRES = {"enable_hr": True, "hr_scale": 1.25, "denoising_strength": 0.6, "scheduler": "Karras", "hr_upscaler": "Latent"}

CASES = {
    "plain": {"sampler_name": "Euler a", "scheduler": "Automatic"},
    "schedule": {"sampler_name": "DPM++ 2M", "scheduler": "Exponential"},
    "schedule of 1.8": {"sampler_name": "DPM++ 2M"},
    "combined name": {"sampler_name": "DPM++ 2M Karras"},
    "extras": {"subseed": 9, "subseed_strength": 0.3, "seed_resize_from_w": 96, "seed_resize_from_h": 64},
    "tiling": {"tiling": True, "scheduler": "Automatic"},
    "hires": {**HIRES, "hr_upscaler": "Latent (bicubic)", "hr_second_pass_steps": 2},
    "hires by size": {**HIRES, "hr_resize_x": 96, "hr_resize_y": 80, "hr_upscaler": "Lanczos"},
    "hires of its own": {
        **HIRES,
        "hr_sampler_name": "Euler",
        "hr_scheduler": "Uniform",
        "hr_prompt": "a dog, big",
        "hr_negative_prompt": "worse: this",
        "hr_cfg": 3.0,
    },
    "refiner": {"refiner_checkpoint": "z-second", "refiner_switch_at": 0.5, "scheduler": "Automatic"},
    "settings": {
        "sampler_name": "Euler a",
        "scheduler": "Automatic",
        "override_settings": {
            "CLIP_stop_at_last_layers": 2,
            "eta_noise_seed_delta": 31337,
            "randn_source": "CPU",
            "emphasis": "No norm",
            "eta_ancestral": 0.7,
        },
        "prompt": "a (cat:1.3)",
    },
}

# What was in the controls before, by field.
BEFORE = {
    "prompt": "something else",
    "enable_hr": True,
    "hr_second_pass_steps": 9,
    "hr_resize_x": 128,
    "hr_prompt": "a mouse",
    "hr_cfg": 12,
    "hr_sampler_name": "Heun",
    "tiling": True,
    "refiner_checkpoint": "z-second.safetensors",
    "subseed": 5,
    "subseed_strength": 0.9,
    "override_settings": ["Clip skip: 3"],
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    models = folder / "models" / "Stable-diffusion"
    models.mkdir(parents=True)
    for file in GOLDEN.glob("tiny-random.*"):
        shutil.copy(file, models)
        shutil.copy(file, models / file.name.replace("tiny-random", "z-second"))
    return build_app(dataclasses.replace(Flags(), data_dir=folder, use_cpu=["all"]))


def pasted_request(app, tab, infotext):
    """What Generate sends after the infotext was pasted."""
    updates, notes = paste_updates(tab.fields, read_pasted(infotext, None))
    assert notes == []
    before = [BEFORE.get(field.name, field.component.value) for field in tab.fields]
    values = [update.get("value", value) for update, value in zip(updates, before, strict=True)]
    return read_request(Txt2ImgRequest, tab.fields, values)


@pytest.fixture(scope="module")
def tab(app):
    return txt2img.create_tab(app)


@pytest.mark.parametrize("name", CASES)
def test_the_same_picture_comes_out(app, tab, name):
    first = app.txt2img(Txt2ImgRequest(**{**BASE, **CASES[name]})).images[0]
    again = app.txt2img(pasted_request(app, tab, first.infotext)).images[0]
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image)), (first.infotext, again.infotext)
    assert first.infotext == again.infotext


def test_settings_that_were_changed_meanwhile_do_not_matter(app, tab):
    first = app.txt2img(Txt2ImgRequest(**BASE, sampler_name="Euler a", scheduler="Automatic")).images[0]
    changed = {"CLIP_stop_at_last_layers": 2, "randn_source": "NV", "eta_noise_seed_delta": 5, "eta_ancestral": 0.5}
    app.set_options(changed)
    try:
        again = app.txt2img(pasted_request(app, tab, first.infotext)).images[0]
    finally:
        app.set_options({key: OPTIONS.get(key).default for key in changed})
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image))
