"""Infotext into controls."""

import gradio as gr
import pytest

from modules.core.errors import InputError
from modules.frontend.fields import Field
from modules.frontend.paste import UNWRITTEN_HIRES, paste_updates, read_pasted, to_number
from modules.frontend.tabs.txt2img import has_seed_extras
from modules.generation.from_infotext import LONGEST_INFOTEXT
from modules.generation.request import SAME_SAMPLER, SAME_SCHEDULER

FIELDS = [
    Field("prompt", gr.Textbox()),
    Field("negative_prompt", gr.Textbox()),
    Field("sampler_name", gr.Dropdown(["DPM++ 2M", "Euler a", "Euler"], label="Sampling method")),
    Field("scheduler", gr.Dropdown(["Automatic", "Uniform", "Karras"])),
    Field("steps", gr.Slider(1, 150, step=1, label="Sampling steps")),
    Field("width", gr.Slider(64, 2048, step=8)),
    Field("seed", gr.Number(precision=0), empty=-1),
    Field("n_iter", gr.Slider(1, 100, step=1)),
    Field("", gr.Checkbox(), has_seed_extras),
]
INFOTEXT = (
    "a cat\nNegative prompt: bad\nSteps: 12, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551615, Size: 96x64"
)


def changed(fields, recipe):
    """The values that change, by field."""
    updates, _notes = paste_updates(fields, recipe)
    return {f.name: update["value"] for f, update in zip(fields, updates, strict=True) if "value" in update}


def pasted(text, skip=(), last_parameters=None):
    return changed(FIELDS, read_pasted(text, last_parameters, skip))


def pasted_fields(parameters, skip=()):
    """What an infotext with these parameters says of the request's fields."""
    return read_pasted(f"a cat\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 512x768, {parameters}", None, skip).fields


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


@pytest.mark.parametrize(
    ("sampler", "meant"),
    [("DPM++ 2M", "Uniform"), ("Euler", "Automatic"), ("Restart", "Automatic"), ("None", "Automatic")],
)
def test_a_sampler_without_a_schedule_is_what_it_was_before_there_were_schedules(sampler, meant):
    assert read_pasted(f"a\nSteps: 1, Sampler: {sampler}, Seed: 1", None).fields["scheduler"] == meant


def test_a_schedule_that_is_named_counts():
    assert pasted("a\nSteps: 1, Sampler: DPM++ 2M, Schedule type: Automatic, Seed: 1")["scheduler"] == "Automatic"
    assert pasted("a\nSteps: 1, Sampler: Euler, Schedule type: karras, Seed: 1")["scheduler"] == "Karras"


HIRES = "Denoising strength: 0.4, Hires upscale: 1.5"


def test_hires_fix_is_on_only_if_the_picture_used_it():
    assert pasted_fields(HIRES)["enable_hr"] is True
    assert pasted_fields("CFG scale: 7")["enable_hr"] is False
    assert pasted_fields("Denoising strength: 0.4")["enable_hr"] is False, "an img2img picture"


def test_what_a_hires_picture_does_not_name_is_put_back():
    fields = pasted_fields(f"{HIRES}, Hires steps: 7")
    assert fields["hr_second_pass_steps"] == 7
    assert {name: fields[name] for name in UNWRITTEN_HIRES if name != "hr_second_pass_steps"} == {
        name: value for name, value in UNWRITTEN_HIRES.items() if name != "hr_second_pass_steps"
    }
    assert pasted_fields(HIRES)["hr_second_pass_steps"] == 0
    assert "hr_second_pass_steps" not in pasted_fields("CFG scale: 7"), "it does not count then"


@pytest.mark.parametrize(
    ("parameters", "sampler", "schedule"),
    [
        ("Hires sampler: DPM++ 2M Karras", "DPM++ 2M", "Karras"),
        ("Hires sampler: DPM++ 2M", "DPM++ 2M", "Uniform"),
        ("Schedule type: Karras, Hires sampler: DPM++ 2M", "DPM++ 2M", SAME_SCHEDULER),
        ("Schedule type: Karras, Hires sampler: Euler, Hires schedule type: Uniform", "Euler", "Uniform"),
        ("Schedule type: Karras", SAME_SAMPLER, SAME_SCHEDULER),
    ],
)
def test_the_second_pass_has_its_own_sampler_and_schedule(parameters, sampler, schedule):
    fields = pasted_fields(f"{HIRES}, {parameters}")
    assert (fields["hr_sampler_name"], fields["hr_scheduler"]) == (sampler, schedule)


@pytest.mark.parametrize(
    ("first_pass", "size", "final"),
    [("256x384", (256, 384), (512, 768)), ("0x0", (448, 640), (512, 768))],
)
def test_the_first_versions_of_hires_fix_named_the_final_size(first_pass, size, final):
    fields = pasted_fields(f"Denoising strength: 0.7, First pass size: {first_pass}")
    assert fields["enable_hr"] is True
    assert (fields["width"], fields["height"]) == size
    assert (fields["hr_resize_x"], fields["hr_resize_y"]) == final


def test_tiling_is_off_when_it_is_not_named():
    assert pasted_fields("Tiling: True")["tiling"] is True
    assert pasted_fields("CFG scale: 7")["tiling"] is False


def test_a_plain_prompt_leaves_everything_else_as_it_is():
    assert pasted("only a prompt, 1girl") == {"prompt": "only a prompt, 1girl"}


def test_values_a_control_cannot_take_leave_it_as_it_is():
    values = pasted("a\nSteps: many, Sampler: Unknown, Seed: 3, Size: 64x64")
    assert "steps" not in values and "sampler_name" not in values
    assert values["seed"] == 3
    _updates, notes = paste_updates(FIELDS, read_pasted("a\nSteps: many, Sampler: Unknown, Seed: 3, Size: 64x64", None))
    assert notes == ["Sampling method: Unknown cannot be chosen here.", "Sampling steps: many cannot be chosen here."]


def test_fields_named_in_the_setting_are_left_alone():
    assert "seed" not in pasted(INFOTEXT, skip=["Seed"])
    skipped = pasted_fields(HIRES, skip=["Hires upscale", "Tiling", "Hires CFG Scale"])
    assert skipped["enable_hr"] and not {"hr_scale", "tiling", "hr_cfg"} & set(skipped)


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
    with pytest.raises(InputError, match="longest allowed"):
        read_pasted("x" * (LONGEST_INFOTEXT + 1), None)


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("7.5", 7.5), ("-1", -1), ("x", None), ("nan", None), ("inf", None), ("1e999", None), ("", None)],
)
def test_numbers_are_finite_and_whole_ones_exact(text, number):
    assert to_number(text) == number
