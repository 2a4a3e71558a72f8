"""Styles in the page: the menu, and what the editor is answered."""

import dataclasses
import json

import pytest

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.frontend.components.style_row import MOST_ENTRIES, style_names
from modules.frontend.tabs.events import styled_text
from modules.frontend.tabs.style_events import answer_call

HEADER = "name,prompt,negative_prompt\n"


@pytest.fixture
def make_app(tmp_path):
    def make(**flags):
        return build_app(dataclasses.replace(Flags(), data_dir=tmp_path, **flags))

    return make


def call(app, action, **more):
    return answer_call(app, json.dumps({"action": action, **more}))


def test_a_style_is_saved_read_and_deleted(make_app, tmp_path):
    app = make_app()
    said = call(app, "save", name=" New ", prompt="{prompt}, oil", negative_prompt="bad")
    assert (said["names"], said["said"], said["files"]) == (["New"], "Saved.", ["styles.csv"])
    assert call(app, "read", name="New")["style"] == {
        "name": "New",
        "prompt": "{prompt}, oil",
        "negative_prompt": "bad",
    }
    assert call(app, "read", name="Other")["style"] is None
    assert call(app, "delete", name="New")["names"] == []
    assert "New" in (tmp_path / "styles.csv.bak").read_text(encoding="utf-8-sig")


def test_a_new_style_goes_into_the_file_chosen_or_the_first(make_app, tmp_path):
    (tmp_path / "b.csv").write_text(HEADER + "B,,\n")
    (tmp_path / "a.csv").write_text(HEADER + "A,,\n")
    app = make_app(styles_file=(str(tmp_path / "*.csv"),))
    assert call(app, "read", name="B")["file"] == 1
    call(app, "save", name="C", file=1)
    call(app, "save", name="D")
    call(app, "save", name="B", prompt="changed", file="nonsense")
    assert "C" in (tmp_path / "b.csv").read_text() and "D" in (tmp_path / "a.csv").read_text()
    assert "B,changed" in (tmp_path / "b.csv").read_text()


def test_a_pattern_without_files_gives_one_for_the_first_style(make_app, tmp_path):
    app = make_app(styles_file=(str(tmp_path / "my*.csv"),))
    call(app, "save", name="A")
    assert (tmp_path / "mystyles.csv").exists() and style_names(app) == ["A"]


@pytest.mark.parametrize("text", ["", "x", "[]", None, 5, '"' + "x" * 1_000_001 + '"'])
def test_what_is_no_call_is_refused(make_app, text):
    with pytest.raises(InputError, match="did not arrive"):
        answer_call(make_app(), text)


def test_very_many_styles_do_not_all_come_into_the_page(make_app, tmp_path):
    rows = "".join(f"style {i},p {i},\n" for i in range(MOST_ENTRIES + 500))
    (tmp_path / "styles.csv").write_text(HEADER + rows)
    app = make_app()
    answer = call(app, "read", name=f"style {MOST_ENTRIES + 400}")
    assert (len(answer["names"]), answer["more"]) == (MOST_ENTRIES, 500)
    assert answer["style"]["prompt"] == f"p {MOST_ENTRIES + 400}"


def test_tokens_are_counted_with_styles_if_a_setting_says_so(make_app, tmp_path):
    (tmp_path / "styles.csv").write_text(HEADER + "A,oil of {prompt},bad\n")
    app = make_app()
    assert styled_text(app, "cat", ["A", "unknown"], is_negative=False) == "oil of cat"
    assert styled_text(app, "dog", ["A"], is_negative=True) == "dog, bad"
    app.set_options({"include_styles_into_token_counters": False})
    assert styled_text(app, "cat", ["A"], is_negative=False) == "cat"
