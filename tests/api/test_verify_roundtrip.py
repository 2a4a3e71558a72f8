"""Whatever a picture was made with, its own parameters make it again: each setting, each sampler, any mixture."""

import base64
import random

import pytest

from modules.core.options import OPTIONS
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES
from modules.imaging.infotext import parse_infotext
from modules.imaging.load import load_image

SMALL = {
    "prompt": "a (red:1.2) cat, a dog",
    "negative_prompt": "blurry",
    "width": 64,
    "height": 64,
    "steps": 6,
    "seed": 7,
}
HIRES = {"enable_hr": True, "hr_scale": 1.5, "denoising_strength": 0.6, "hr_upscaler": "Latent"}
REFINED = {**HIRES, "refiner_checkpoint": "tiny-random", "refiner_switch_at": 0.5}
KARRAS = {"sampler_name": "Euler", "scheduler": "karras"}
LONG = ", ".join(["a very long prompt"] * 25)

OTHER_VALUES = {
    "CLIP_stop_at_last_layers": (2, {}),
    "emphasis": ("Ignore", {}),
    "randn_source": ("NV", {}),
    "eta_noise_seed_delta": (31337, {"sampler_name": "Euler a"}),
    "eta_ancestral": (0.4, {"sampler_name": "Euler a"}),
    "eta_ddim": (0.4, {"sampler_name": "DDIM"}),
    "s_churn": (5.0, {"sampler_name": "Euler"}),
    "s_tmin": (1.0, {"sampler_name": "Euler", "override_settings": {"s_churn": 5.0}}),
    "s_tmax": (5.0, {"sampler_name": "Euler", "override_settings": {"s_churn": 5.0}}),
    "s_noise": (0.9, {"sampler_name": "Euler", "override_settings": {"s_churn": 5.0}}),
    "sigma_min": (0.5, KARRAS),
    "sigma_max": (9.0, KARRAS),
    "rho": (3.0, KARRAS),
    "always_discard_next_to_last_sigma": (True, KARRAS),
    "sgm_noise_multiplier": (True, KARRAS),
    "uni_pc_variant": ("bh2", {"sampler_name": "UniPC"}),
    "uni_pc_skip_type": ("logSNR", {"sampler_name": "UniPC"}),
    "uni_pc_order": (2, {"sampler_name": "UniPC"}),
    "uni_pc_lower_order_final": (False, {"sampler_name": "UniPC"}),
    "sd_noise_schedule": ("Zero Terminal SNR", KARRAS),
    "beta_dist_alpha": (0.8, {"sampler_name": "Euler", "scheduler": "beta"}),
    "beta_dist_beta": (0.8, {"sampler_name": "Euler", "scheduler": "beta"}),
    "use_downcasted_alpha_bar": (True, {}),
    "enable_quantization": (True, KARRAS),
    "tiling": (True, {}),
    "token_merging_ratio": (0.5, {}),
    "token_merging_ratio_hr": (0.5, HIRES),
    "hires_fix_refiner_pass": ("first pass", REFINED),
    "refiner_switch_by_sample_steps": (True, REFINED),
    "img2img_extra_noise": (0.2, HIRES),
    "use_old_scheduling": (True, {"prompt": "a [cat:dog:1.0]"}),
    "s_min_uncond_all": (True, {"s_min_uncond": 5.0}),
    "skip_early_cond": (0.4, {}),
    "pad_cond_uncond": (True, {"prompt": LONG}),
    "pad_cond_uncond_v0": (True, {"prompt": LONG}),
}
"""Setting: a value that is not its default, and what else a request needs so that it matters."""

CHANGES_NOTHING_HERE = {
    "hires_fix_refiner_pass",  # the only other checkpoint of the tests is the same one
    "refiner_switch_by_sample_steps",
}

TRIED_ELSEWHERE = {
    "s_min_uncond",  # below, as a field: A1111's API ignores the override
    "initial_noise_multiplier",  # of img2img, like the next
    "inpainting_mask_weight",
    "sd_vae_decode_method",  # needs the files of another decoder
    "sd_vae_encode_method",  # of an encoder, and a picture to begin with
    "face_restoration_model",  # needs the files of a network for faces
}


@pytest.fixture
def make(client):
    def post(**fields):
        answer = client.post("/sdapi/v1/txt2img", json={**SMALL, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()["images"][0]

    return post


@pytest.fixture
def verify(client):
    return lambda image: client.post("/sdapi/v1/verify", json={"image": image}).json()["sentence"]


def infotext(image):
    return load_image(base64.b64decode(image)).info["parameters"]


def pixels(image):
    return load_image(base64.b64decode(image)).tobytes()


def with_setting(fields, name, value):
    return {**fields, "override_settings": {**fields.get("override_settings", {}), name: value}}


def test_every_setting_that_infotexts_have_is_tried():
    assert {option.name for option in OPTIONS if option.infotext} - TRIED_ELSEWHERE == set(OTHER_VALUES)


NOISY = {"s_churn": 5.0, "eta_ddim": 0.5}
STEPPED = [(sampler.name, {}) for sampler in SAMPLERS] + [(name, NOISY) for name in ("Euler", "DDIM", "PLMS")]


@pytest.mark.parametrize(("sampler", "settings"), STEPPED, ids=str)
def test_the_noise_seed_delta_is_written_wherever_it_matters(make, sampler, settings):
    steps = 20 if sampler == "Restart" else 4
    request = {"sampler_name": sampler, "override_settings": settings, "steps": steps}
    ordinary, shifted = make(**request), make(**with_setting(request, "eta_noise_seed_delta", 31337))

    matters = pixels(shifted) != pixels(ordinary)
    assert ("ENSD: 31337" in infotext(shifted)) is matters


def test_the_old_range_of_schedules_is_written_as_numbers(make, verify, app):
    ordinary, image = make(**KARRAS), make(**with_setting(KARRAS, "use_old_karras_scheduler_sigmas", True))

    assert pixels(image) != pixels(ordinary)
    assert verify(image) == "identical"
    app.options.update({"use_old_karras_scheduler_sigmas": True})
    assert verify(ordinary) == "identical"


def test_negative_guidance_minimum_sigma_comes_back(make, verify):
    image = make(s_min_uncond=5.0)

    assert "NGMS: 5.0" in infotext(image)
    assert pixels(image) != pixels(make())
    assert verify(image) == "identical"


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_setting_of_the_infotext_comes_back(make, verify, name):
    value, fields = OTHER_VALUES[name]
    ordinary = make(**fields)
    image = make(**with_setting(fields, name, value))

    assert OPTIONS.get(name).infotext in parse_infotext(infotext(image))
    assert verify(image) == "identical"
    if name not in CHANGES_NOTHING_HERE:
        assert pixels(image) != pixels(ordinary)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler.name)
def test_any_mixture_comes_back(make, verify, sampler):
    dice = random.Random(sampler.name)
    names = dice.sample([n for n in OTHER_VALUES if n not in {"use_old_scheduling", "sigma_min", "sigma_max"}], 6)
    schedule = dice.choice([None, "Automatic", *(schedule.name for schedule in SCHEDULES)])
    image = make(
        prompt=dice.choice(["a cat", "a [cat:dog:0.5] AND a (tree:1.3) :0.7", LONG, "an [old|new] \\(house\\)", ""]),
        negative_prompt=dice.choice(["", "blurry, (dark)"]),
        seed=dice.randrange(2**40),
        subseed=dice.randrange(2**32),
        subseed_strength=dice.choice([0, 0.3]),
        cfg_scale=dice.uniform(1, 12),
        steps=dice.randint(3, 7),
        width=dice.choice([64, 72, 100]),
        sampler_name=sampler.name,
        scheduler=schedule,
        **dice.choice([{}, HIRES, {**HIRES, "hr_sampler_name": "Euler a", "hr_scheduler": "Use same scheduler"}]),
        override_settings={name: OTHER_VALUES[name][0] for name in names},
    )

    assert verify(image) == "identical", infotext(image)
