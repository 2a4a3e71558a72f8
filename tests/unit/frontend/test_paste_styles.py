"""Styles in pasted prompts, as the setting `infotext_styles` wants it."""

import dataclasses

import gradio as gr
import pytest

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.frontend.fields import Field
from modules.frontend.paste import paste_updates, read_pasted
from modules.frontend.pasted_styles import with_styles

TEXT = "a cat, ink drawing\nNegative prompt: colour\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 64x64"


@pytest.fixture
def app(tmp_path):
    rows = "name,prompt,negative_prompt\nink,ink drawing,colour\nphoto,photo of {prompt},\n"
    (tmp_path / "styles.csv").write_text(rows)
    return build_app(dataclasses.replace(Flags(), data_dir=tmp_path))


def pasted(app, text, *, has_menu=True):
    menu = Field("styles", gr.Dropdown([], multiselect=True), choices=lambda: ["ink", "photo"])
    fields = [Field("prompt", gr.Textbox()), Field("negative_prompt", gr.Textbox()), *([menu] if has_menu else [])]
    updates, notes = paste_updates(fields, with_styles(app, fields, read_pasted(text, None)))
    assert notes == []
    return [update.get("value", "as it was") for update in updates]


@pytest.mark.parametrize(
    ("wanted", "prompt", "styles", "without"),
    [
        ("Ignore", "a cat, ink drawing", "as it was", "as it was"),
        ("Apply", "a cat", ["ink"], []),
        ("Discard", "a cat", "as it was", "as it was"),
        ("Apply if any", "a cat", ["ink"], "as it was"),
    ],
)
def test_the_setting_says_what_becomes_of_styles(app, wanted, prompt, styles, without):
    app.set_options({"infotext_styles": wanted})

    assert pasted(app, TEXT) == [prompt, "colour" if wanted == "Ignore" else "", styles]
    assert pasted(app, TEXT.replace("ink", "oil"))[2] == without


def test_a_tab_without_a_menu_of_styles_and_a_prompt_alone_keep_their_texts(app):
    assert pasted(app, TEXT, has_menu=False) == ["a cat, ink drawing", "colour"]
    assert pasted(app, "photo of a cat") == ["photo of a cat", "as it was", "as it was"]
