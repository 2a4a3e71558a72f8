"""Settings at the top of the page."""

import dataclasses
import json
from pathlib import Path

import gradio as gr
import pytest

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.core.options import OPTIONS, Option
from modules.frontend.components.quick_settings import change_setting, checkpoint_titles, listed_settings
from modules.frontend.components.setting_control import create_setting, within_range


@pytest.fixture
def app(tmp_path):
    return build_app(dataclasses.replace(Flags(), data_dir=tmp_path))


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("tiling", gr.Checkbox),
        ("randn_source", gr.Dropdown),
        ("CLIP_stop_at_last_layers", gr.Slider),
        ("eta_noise_seed_delta", gr.Number),
        ("gallery_height", gr.Textbox),
    ],
)
def test_a_setting_has_the_control_of_its_kind(app, key, kind):
    option = OPTIONS.get(key)
    control = create_setting(option, app.options.get(key))
    assert type(control) is kind
    assert (control.label, control.elem_id, control.value) == (option.label, f"setting_{key}", option.default)


@pytest.mark.parametrize("option", list(OPTIONS), ids=lambda option: option.name)
def test_every_setting_can_be_shown(option):
    assert create_setting(option, option.default).interactive


def test_the_row_has_the_listed_settings_once_in_their_order(app):
    app.set_options({"quicksettings_list": ["tiling", "unknown", "sd_model_checkpoint", "tiling", 7]})
    assert [option.name for option in listed_settings(app)] == ["tiling", "sd_model_checkpoint"]


def test_a_change_is_saved_and_told_to_the_page(app):
    _control, message, settings = change_setting(app, "CLIP_stop_at_last_layers", 2)
    assert message == "" and json.loads(settings)["CLIP_stop_at_last_layers"] == 2
    assert json.loads(app.options.path.read_text())["CLIP_stop_at_last_layers"] == 2


@pytest.mark.parametrize("value", ["two", None, [], 1.5])
def test_a_value_of_another_kind_is_refused_and_the_old_one_shown(app, value):
    control, message, _settings = change_setting(app, "CLIP_stop_at_last_layers", value)
    assert control["value"] == 1 and "CLIP_stop_at_last_layers takes a whole number" in message
    assert app.options.get("CLIP_stop_at_last_layers") == 1


def test_a_frozen_setting_says_so(tmp_path):
    app = build_app(dataclasses.replace(Flags(), data_dir=tmp_path, freeze_settings=True))
    control, message, _settings = change_setting(app, "tiling", True)
    assert control["value"] is False and "frozen" in message


@pytest.mark.parametrize(("value", "moved"), [(0, 1), (99, 12), (5, 5), ("x", "x"), (True, True)])
def test_numbers_are_moved_into_their_range(value, moved):
    assert within_range(OPTIONS.get("CLIP_stop_at_last_layers"), value) == moved
    assert within_range(Option("x", 0, label="x", section="x"), value) == value


def test_checkpoints_are_shown_without_their_folders_if_a_setting_wants_that(app):
    folder = app.paths.data / "models" / "Stable-diffusion" / "sub"
    folder.mkdir(parents=True)
    (folder / "fox.safetensors").touch()
    app.catalog.refresh()
    entry = str(Path("sub") / "fox.safetensors")
    assert (entry, entry) in checkpoint_titles(app)
    app.set_options({"sd_checkpoint_dropdown_use_short": True})
    assert ("fox", entry) in checkpoint_titles(app)
