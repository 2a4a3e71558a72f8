"""Every setting, whichever package declares it."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from modules.core.option_pages import pages_of
from modules.core.options import OPTIONS
from modules.server.settings import declare_settings

ROOT = Path(__file__).resolve().parents[2]
A1111 = json.loads((ROOT / "tests" / "data" / "api" / "a1111_settings.json").read_text(encoding="utf-8"))

READ = sorted(path for path in (ROOT / "modules").glob("*/*options.py") if path.parent.name != "core")
UNREAD = sorted((ROOT / "modules" / "core").glob("unread_*options.py"))

OF_OUR_OWN = {
    f"hotkey_{action}"
    for action in ("generate", "skip", "interrupt", "weight_up", "weight_down", "move_left", "move_right")
} | {"prompt_history_length"}
"""A1111 has the hotkeys fixed, and no list of prompts."""

DEFAULTS_OF_OUR_OWN = {
    "live_preview_refresh_period": 300,  # previews that move; A1111 asks once a second
    "upscaler_for_img2img": "None",  # A1111 has null, and takes "None" as well
    "extra_networks_tree_view_default_enabled": True,  # as in 1.9; the evidence is of 1.8
    "sd_model_checkpoint": "",  # the first one found
    "sd_checkpoint_hash": "",
    "outdir_txt2img_samples": "outputs/txt2img-images",  # as in 1.7 and 1.9; the evidence is of 1.8, which had "output"
    "outdir_img2img_samples": "outputs/img2img-images",
    "outdir_extras_samples": "outputs/extras-images",
    "outdir_txt2img_grids": "outputs/txt2img-grids",
    "outdir_img2img_grids": "outputs/img2img-grids",
    "outdir_init_images": "outputs/init-images",
}
LABELS_OF_OUR_OWN = {"canvas_hotkey_reset"}
"""It has a slip of the pen."""

LATER_THAN_1_8 = (ROOT / "tests" / "data" / "api" / "later_settings.txt").read_text(encoding="utf-8").split()


def declared_options():
    declare_settings()
    return list(OPTIONS)


def declared_names(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    first = [call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    return [name for name in first if name in OPTIONS]


@pytest.mark.parametrize("declared", declared_options(), ids=lambda declared: declared.name)
def test_an_option_takes_its_default_and_is_labelled(declared):
    assert declared.check(declared.default) == declared.default
    assert declared.kind == "html" or declared.label.strip()
    assert declared.kind == "hidden" or declared.section.strip()


def test_every_option_is_declared_once():
    times = Counter(name for path in READ for name in declared_names(path))
    assert [name for name in times if times[name] > 1] == []
    assert times.keys() | {name for path in UNREAD for name in declared_names(path)} == set(OPTIONS.names())


@pytest.mark.parametrize("path", UNREAD, ids=lambda path: path.name)
def test_what_is_read_is_not_among_the_unread(path):
    read = {name for other in READ for name in declared_names(other)}
    assert [name for name in declared_names(path) if name in read] == [], f"take these rows out of {path.name}"


def test_the_page_of_settings_names_every_option():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [declared.name for declared in OPTIONS if f"| `{declared.name}` |" not in page] == []


def test_the_page_of_settings_names_none_twice():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [declared.name for declared in OPTIONS if page.count(f"| `{declared.name}` |") > 1] == []


# --- A1111's ---------------------------------------------------------------------------------------------------------


def test_the_keys_are_those_of_a1111_and_later_ones():
    assert set(A1111) - set(OPTIONS.names()) == set()
    assert set(OPTIONS.names()) - set(A1111) == set(LATER_THAN_1_8) | OF_OUR_OWN


def shown(key):
    return A1111[key]["label"] is not None


def test_defaults_are_those_of_a1111():
    wanted = {key: row["default"] for key, row in A1111.items() if shown(key)} | DEFAULTS_OF_OUR_OWN
    assert {key: OPTIONS.get(key).default for key in wanted} == wanted


def test_labels_are_those_of_a1111_so_that_its_translations_fit():
    wanted = {key: row["label"].strip() for key, row in A1111.items() if shown(key) and key not in LABELS_OF_OUR_OWN}
    assert {key: OPTIONS.get(key).label for key in wanted} == wanted


def test_ranges_and_choices_are_those_of_a1111():
    for key, row in A1111.items():
        option = OPTIONS.get(key)
        for name in ("minimum", "maximum", "step"):
            assert getattr(option, name) == row.get(name, getattr(option, name)), key
        if row.get("control") == "radio":
            assert list(option.choices) == row["choices"], key
        if row.get("control") == "checkboxgroup" and option.choices:
            assert sorted(option.choices) == sorted(row["choices"]), key


def test_each_is_on_its_page_in_a1111s_order():
    pages = {
        (page.section, page.title): [key for key in page.keys if "page" in A1111.get(key, {})]
        for page in pages_of(OPTIONS)
    }
    wanted = {}
    for key, row in A1111.items():
        if "page" in row:
            wanted.setdefault((row["section"], row["page"]), []).append(key)
    assert {page: set(keys) for page, keys in pages.items() if keys} == {
        page: set(keys) for page, keys in wanted.items()
    }
    assert {page.section for page in pages_of(OPTIONS)} == {
        OPTIONS.get(key).section for page in pages_of(OPTIONS) for key in page.keys
    }
    assert len([key for page in pages_of(OPTIONS) for key in page.keys]) == len(
        [o for o in OPTIONS if o.kind != "hidden"]
    )
