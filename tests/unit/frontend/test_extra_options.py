"""Settings in a tab, which count for its jobs alone."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from modules.core.errors import InputError
from modules.core.option_store import OptionStore
from modules.frontend.fields import Field, read_request
from modules.frontend.overrides import linked_options, overrides_of
from modules.frontend.paste import paste_updates
from modules.frontend.tabs.extra_options import create_extra_options, extra_options
from modules.generation.from_infotext import read_recipe
from modules.server.settings import declare_settings

declare_settings()
KEYS = ["CLIP_stop_at_last_layers", "tiling", "unknown", "randn_source", "tiling", "eta_ancestral"]


@dataclass
class FakeApp:
    options: OptionStore
    catalog: Any = None


@dataclass(frozen=True)
class Request:
    prompt: str = ""
    override_settings: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def app(tmp_path):
    options = OptionStore(tmp_path / "config.json", tmp_path / "broken.json")
    options.update({"extra_options_txt2img": KEYS, "extra_options_cols": 2})
    return FakeApp(options)


@pytest.fixture
def rows(app):
    with gr.Blocks():
        return create_extra_options(app, "txt2img")


def request(rows, values, overrides=None):
    more = {} if overrides is None else {"override_settings": overrides}
    return read_request(Request, [Field("prompt", gr.Textbox()), *rows], ["a fox", *values], **more)


def test_each_setting_that_there_is_has_one_control_in_the_order_of_the_list(app, rows):
    assert list(extra_options(rows)) == ["CLIP_stop_at_last_layers", "tiling", "randn_source", "eta_ancestral"]
    assert rows[0].component.elem_id == "txt2img_extra_option_CLIP_stop_at_last_layers"
    with gr.Blocks() as page:
        assert create_extra_options(app, "img2img") == [] and not page.children


def test_only_what_is_set_otherwise_goes_into_a_job_and_overrides_win(app, rows):
    assert request(rows, [1, False, "GPU", 1.0]).override_settings == {}
    held = request(rows, [2, True, "GPU", 1.0]).override_settings
    assert held == {"CLIP_stop_at_last_layers": 2, "tiling": True}
    assert request(rows, [2, True, "GPU", 1.0], {"tiling": False}).override_settings == {**held, "tiling": False}
    app.options.update({"CLIP_stop_at_last_layers": 2})
    assert request(rows, [1, False, "CPU", 1.0]).override_settings == {
        "CLIP_stop_at_last_layers": 1,
        "randn_source": "CPU",
    }


def test_the_checkpoint_is_the_one_above_the_tabs_until_another_one_is_chosen(app):
    info = SimpleNamespace(title="b.safetensors [12]")
    app.catalog = SimpleNamespace(all=lambda: [info], find=lambda name: info if name == "12" else None)
    app.options.update({"extra_options_txt2img": ["sd_model_checkpoint"], "disable_weights_auto_swap": False})
    with gr.Blocks():
        rows = create_extra_options(app, "txt2img")
    assert request(rows, [rows[0].component.value]).override_settings == {}
    assert request(rows, [info.title]).override_settings == {"sd_model_checkpoint": info.title}
    updates, _ = paste_updates(rows, read_recipe("a fox\nSteps: 20, Seed: 1, Size: 8x8, Model hash: 12"))
    assert updates[0]["value"] == info.title


@pytest.mark.parametrize("values", [["x", False, "GPU", 1.0], [1, "yes", "GPU", 1.0], [1, False, "TPU", 1.0]])
def test_a_value_that_the_setting_does_not_take_is_told(rows, values):
    with pytest.raises(InputError):
        request(rows, values)


def test_a_picture_s_settings_are_pasted_into_the_tab_and_no_override(app, rows):
    text = "a fox\nSteps: 20, Sampler: Euler a, Seed: 1, Clip skip: 2, Tiling: True, ENSD: 5, RNG: CPU, Eta: 0.5"
    recipe = read_recipe(text)
    updates, notes = paste_updates(rows, recipe)
    assert [update["value"] for update in updates] == [2, True, "CPU", 0.5] and notes == []
    assert overrides_of(app, recipe.written, extra_options(rows)) == ["ENSD: 5"]
    assert {"Clip skip", "ENSD"} <= linked_options().keys()
