"""Infotext into controls."""

import gradio as gr
import pytest

from modules.core.errors import InputError
from modules.frontend.fields import Field
from modules.frontend.paste import LONGEST_INFOTEXT, paste_updates, read_pasted, to_number
from modules.frontend.tabs.txt2img import has_seed_extras

FIELDS = [
    Field("prompt", gr.Textbox(), "Prompt"),
    Field("negative_prompt", gr.Textbox(), "Negative prompt"),
    Field("sampler_name", gr.Dropdown(["DPM++ 2M", "Euler a", "Euler"]), "Sampler"),
    Field("scheduler", gr.Dropdown(["Automatic", "Karras"]), "Schedule type"),
    Field("steps", gr.Slider(1, 150, step=1), "Steps"),
    Field("width", gr.Slider(64, 2048, step=8), "Size-1"),
    Field("seed", gr.Number(precision=0), "Seed", empty=-1),
    Field("n_iter", gr.Slider(1, 100, step=1)),
    Field("", gr.Checkbox(), has_seed_extras),
]
INFOTEXT = (
    "a cat\nNegative prompt: bad\nSteps: 12, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551615, Size: 96x64"
)


def pasted(text, skip=(), last_parameters=None):
    """The values that change, by field."""
    updates = paste_updates(FIELDS, read_pasted(text, last_parameters), skip)
    return {f.name: update["value"] for f, update in zip(FIELDS, updates, strict=True) if "value" in update}


def test_every_parameter_goes_into_its_control():
    assert pasted(INFOTEXT) == {
        "prompt": "a cat",
        "negative_prompt": "bad",
        "sampler_name": "Euler a",
        "scheduler": "Automatic",
        "steps": 12,
        "width": 96,
        "seed": 18446744073709551615,
        "": False,
    }


@pytest.mark.parametrize("extra", ["Variation seed: 5", "Seed resize from: 64x64"])
def test_extras_are_ticked_when_the_picture_used_them(extra):
    assert pasted(f"a\nSteps: 1, Sampler: Euler, Seed: 1, {extra}")[""] is True


def test_an_old_combined_sampler_name_is_parted():
    values = pasted("a\nSteps: 1, Sampler: DPM++ 2M Karras, Seed: 1")
    assert (values["sampler_name"], values["scheduler"]) == ("DPM++ 2M", "Karras")


def test_a_plain_prompt_leaves_everything_else_as_it_is():
    assert pasted("only a prompt, 1girl") == {"prompt": "only a prompt, 1girl"}


def test_values_a_control_cannot_take_leave_it_as_it_is():
    values = pasted("a\nSteps: many, Sampler: Unknown, Seed: 3, Size: 64x64")
    assert "steps" not in values and "sampler_name" not in values
    assert values["seed"] == 3


def test_fields_named_in_the_setting_are_left_alone():
    assert "seed" not in pasted(INFOTEXT, skip=["Seed"])


def test_an_empty_prompt_reads_the_last_picture(tmp_path):
    last = tmp_path / "params.txt"
    last.write_text(INFOTEXT, encoding="utf-8")
    assert pasted("  ", last_parameters=last)["prompt"] == "a cat"


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_nothing_to_read_is_said(tmp_path, content):
    last = tmp_path / "params.txt"
    if content is not None:
        last.write_text(content)
    with pytest.raises(InputError, match="nothing to read"):
        read_pasted("", last)


def test_a_file_that_is_no_text_is_as_none(tmp_path):
    last = tmp_path / "params.txt"
    last.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        read_pasted("", last)


def test_a_text_too_long_to_be_an_infotext_is_refused():
    with pytest.raises(InputError, match="too many"):
        read_pasted("x" * (LONGEST_INFOTEXT + 1), None)


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("7.5", 7.5), ("-1", -1), ("x", None), ("nan", None), ("inf", None), ("1e999", None), ("", None)],
)
def test_numbers_are_finite_and_whole_ones_exact(text, number):
    assert to_number(text) == number
