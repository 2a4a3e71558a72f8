"""An infotext becomes the request and the settings that it describes."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.core.errors import InputError, WebUIError
from modules.generation.from_infotext import LONGEST_INFOTEXT, read_recipe
from modules.generation.request import Txt2ImgRequest

KEYS = ["Steps", "Seed", "Size", "RNG", "Eta"]
BASE = "Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 42, Size: 512x768"


def fields(parameters, prompt="a cat\nNegative prompt: a dog"):
    return dict(read_recipe(f"{prompt}\n{parameters}").fields)


def test_the_ordinary_parameters_are_fields_of_their_types():
    assert fields(BASE) == {
        "prompt": "a cat",
        "negative_prompt": "a dog",
        "steps": 20,
        "sampler_name": "Euler a",
        "cfg_scale": 7.5,
        "seed": 42,
        "width": 512,
        "height": 768,
    }
    assert Txt2ImgRequest(**fields(BASE)).width == 512


def test_what_is_not_written_is_left_out():
    recipe = read_recipe(f"a cat\n{BASE}")

    assert "scheduler" not in recipe.fields
    assert dict(recipe.settings) == {}
    assert "RNG" not in recipe.written


def test_settings_are_found_by_their_infotext_names():
    recipe = read_recipe(f"a\n{BASE}, Clip skip: 2, ENSD: 31337, RNG: NV, Eta: 0.5, Emphasis: No norm")

    assert dict(recipe.settings) == {
        "CLIP_stop_at_last_layers": 2,
        "eta_noise_seed_delta": 31337,
        "randn_source": "NV",
        "eta_ancestral": 0.5,
        "emphasis": "No norm",
    }


def test_variation_and_seed_resize():
    varied = fields(f"{BASE}, Variation seed: 5, Variation seed strength: 0.25, Seed resize from: 192x128")

    assert (varied["subseed"], varied["subseed_strength"]) == (5, 0.25)
    assert (varied["seed_resize_from_w"], varied["seed_resize_from_h"]) == (192, 128)


def test_hires_fix_is_on_when_it_is_described():
    hires = fields(f"{BASE}, Denoising strength: 0.6, Hires upscale: 1.5, Hires steps: 8, Hires upscaler: Latent")

    assert hires["enable_hr"] is True
    assert (hires["denoising_strength"], hires["hr_scale"], hires["hr_second_pass_steps"]) == (0.6, 1.5, 8)
    assert "enable_hr" not in fields(f"{BASE}, Denoising strength: 0.6")


def test_a_hires_prompt_with_commas_is_unquoted():
    hires = fields(f'{BASE}, Denoising strength: 0.6, Hires prompt: "a, b: c", Hires resize: 96x0')

    assert hires["hr_prompt"] == "a, b: c"
    assert (hires["hr_resize_x"], hires["hr_resize_y"]) == (96, 0)


def test_the_first_form_of_hires_fix_names_the_size_of_the_first_pass():
    old = read_recipe(f"a\n{BASE}, Denoising strength: 0.7, First pass size: 256x384")
    automatic = read_recipe(f"a\n{BASE}, Denoising strength: 0.7, First pass size: 0x0")

    sizes = ("width", "height", "hr_resize_x", "hr_resize_y")
    assert [old.fields[name] for name in sizes] == [256, 384, 512, 768]
    assert automatic.settings["use_old_hires_fix_width_height"] is True


@pytest.mark.parametrize(
    ("version", "by_steps"),
    [("v1.7.0", True), ("v1.8.0", True), ("v1.10.1", False), ("f2.0.1v1.10.1-previous-1-gabc", False)],
)
def test_a_refiner_of_before_1_9_switched_by_steps(version, by_steps):
    recipe = read_recipe(
        f"a\n{BASE}, Schedule type: karras, Refiner: b [12ab], Refiner switch at: 0.8, Version: {version}"
    )

    assert recipe.settings.get("refiner_switch_by_sample_steps", False) is by_steps
    assert recipe.fields["refiner_switch_at"] == 0.8


def test_what_cannot_be_read_is_kept_for_the_check_of_the_request():
    odd = fields("Steps: many, Sampler: Euler, CFG scale: 7, Seed: 1e400, Size: 64x64")

    assert (odd["steps"], odd["seed"]) == ("many", "1e400")
    with pytest.raises(InputError, match="Sampling steps"):
        Txt2ImgRequest(**odd)


def test_a_text_of_megabytes_is_refused():
    with pytest.raises(InputError, match="longest allowed"):
        read_recipe("a" * (LONGEST_INFOTEXT + 1))


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200),
    st.dictionaries(st.sampled_from(["Steps", "Seed", "Size", "RNG", "Eta"]), st.text(max_size=20)),
)
def test_any_text_is_read_or_refused_in_a_sentence(prompt, parameters):
    text = prompt + "\n" + BASE + "".join(f", {key}: {value}" for key, value in parameters.items())
    recipe = read_recipe(text)
    with suppress(WebUIError):
        Txt2ImgRequest(**recipe.fields)
