"""What prompts and the settings about them do to pictures and infotexts, with the tiny checkpoint."""

import base64
import json

import numpy as np
import pytest

from modules.imaging.infotext import parse_infotext
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

SMALL = {"prompt": "a cat", "negative_prompt": "dog", "steps": 4, "width": 64, "height": 64, "seed": 7, "cfg_scale": 7}
LONG = "a red castle on a hill, " * 10 + "(dark snow:1.5) at night BREAK " * 3


@pytest.fixture
def draw(client):
    def draw(overrides=None, **fields):
        body = {**SMALL, **fields, "override_settings": overrides or {}}
        answer = client.post("/sdapi/v1/txt2img", json=body)
        assert answer.status_code == 200, answer.text
        picture = load_image(base64.b64decode(answer.json()["images"][0]))
        return np.asarray(picture.convert("RGB")).astype(int), parse_infotext(read_infotext(picture).infotext)

    return draw


def differ(one, other):
    return np.abs(one[0] - other[0]).max() > 1


def test_comments_are_left_out_of_picture_and_infotext(draw):
    plain, commented = draw(), draw(prompt="a cat# or two\n#three", negative_prompt="dog#")

    assert not differ(plain, commented)
    assert (commented[1]["Prompt"], commented[1]["Negative prompt"]) == ("a cat", "dog")


def test_comments_can_be_turned_off(draw):
    commented = draw({"enable_prompt_comments": False}, prompt="a cat # or two dogs")

    assert differ(draw(), commented)
    assert commented[1]["Prompt"] == "a cat # or two dogs"


def test_network_tags_are_left_out_of_the_picture_and_kept_in_the_infotext(draw):
    tagged = draw(prompt="a cat<lora:missing:1>")

    assert not differ(draw(), tagged)
    assert tagged[1]["Prompt"] == "a cat<lora:missing:1>"


def test_negative_guidance_minimum_sigma(draw):
    skipped = draw(s_min_uncond=15)

    assert differ(draw(), skipped)
    assert skipped[1]["NGMS"] == "15.0"
    assert "NGMS" not in draw()[1]


def test_as_an_override_it_does_nothing_as_in_a1111(draw):
    overridden = draw({"s_min_uncond": 15.0})

    assert not differ(draw(), overridden)
    assert "NGMS" not in overridden[1]


def test_as_a_setting_it_works(draw, app):
    app.set_options({"s_min_uncond": 15.0})

    assert draw()[1]["NGMS"] == "15.0"


def test_an_infotext_brings_it_back(draw, client):
    skipped = draw(s_min_uncond=15, sampler_name="Euler")
    steps = "Steps: 4, Sampler: Euler, Schedule type: Uniform, CFG scale: 7, Seed: 7, Size: 64x64, NGMS: 15"
    infotext = f"a cat\nNegative prompt: dog\n{steps}"
    answer = client.post("/sdapi/v1/txt2img", json={"infotext": infotext})

    assert json.loads(answer.json()["info"])["infotexts"][0].count("NGMS: 15.0") == 1
    again = np.asarray(load_image(base64.b64decode(answer.json()["images"][0])).convert("RGB")).astype(int)
    assert not differ(skipped, (again,))


def test_in_all_steps_it_is_no_guidance_below_that_sigma(draw):
    everywhere = draw({"s_min_uncond_all": True}, s_min_uncond=1000)

    assert not differ(everywhere, draw(cfg_scale=1))
    assert everywhere[1]["NGMS all steps"] == "True"


def test_early_steps_without_the_negative_prompt(draw):
    half, whole = draw({"skip_early_cond": 0.5}), draw({"skip_early_cond": 1.0})

    assert differ(draw(), half)
    assert half[1]["Skip Early CFG"] == "0.5"
    assert not differ(whole, draw(cfg_scale=1))


@pytest.mark.parametrize("prompts", [{"prompt": LONG}, {"negative_prompt": LONG}], ids=["prompt", "negative"])
@pytest.mark.parametrize(
    ("option", "written"), [("pad_cond_uncond", "Pad conds"), ("pad_cond_uncond_v0", "Pad conds v0")]
)
def test_prompts_of_one_length(draw, option, written, prompts):
    padded = draw({option: True}, **prompts)

    assert differ(draw(**prompts), padded)
    assert padded[1][written] == "True"


def test_padding_is_written_only_where_it_pads(draw):
    assert "Pad conds" not in draw({"pad_cond_uncond": True})[1]
    assert "Pad conds" not in draw({"pad_cond_uncond": True}, prompt=LONG, negative_prompt=LONG)[1]


def test_one_batch_or_two_give_the_same_picture(draw):
    assert not differ(draw(), draw({"batch_cond_uncond": False}))


def test_the_old_timelines_are_written_only_where_they_matter(draw):
    old = {"use_old_scheduling": True}

    assert "Old prompt editing timelines" not in draw(old, prompt="a [cat:dog:0.5]")[1]
    assert draw(old, prompt="a [cat:dog:1.0]")[1]["Old prompt editing timelines"] == "True"
    assert differ(draw(old, prompt="a [cat:dog:1.0]"), draw(prompt="a [cat:dog:1.0]"))


def test_without_kept_encodings_the_picture_is_the_same(draw):
    assert not differ(draw(), draw({"persistent_cond_cache": False}))


@pytest.mark.parametrize("prompt", ["[" * 400, "[a|b]" + "x" * 40_000], ids=["deep", "long"])
def test_what_cannot_be_read_is_told_in_one_sentence(client, prompt):
    answer = client.post("/sdapi/v1/txt2img", json={**SMALL, "prompt": prompt, "steps": 1000})

    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("The prompt")


def test_and_has_a_say_in_the_picture(draw):
    alone, both = draw(), draw(prompt="a cat AND a red castle :0.5")

    assert differ(alone, both)
    assert not differ(alone, draw(prompt="a cat AND a red castle :0"))
