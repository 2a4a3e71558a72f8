"""ui-config.json: A1111's paths and semantics."""

import dataclasses
import json
import shutil
from pathlib import Path

import gradio as gr
import pytest

from modules.app.app import build_app
from modules.app.current import set_current
from modules.core.flags import Flags
from modules.frontend.components.startup_notices import notices_html, startup_notices
from modules.frontend.tabs import img2img, txt2img
from modules.frontend.tabs.settings_defaults import changes_html
from modules.frontend.ui_config import UiConfig

DATA = Path(__file__).parents[2] / "data"
A1111 = json.loads((DATA / "api" / "a1111_ui_config.json").read_text(encoding="utf-8"))


ATTRIBUTES = ("value", "visible", "minimum", "maximum", "step")


def build_tabs(folder, *, starter=False):
    """The tabs of a page; every test gets them as they were built."""
    if not starter:
        models = folder / "models" / "Stable-diffusion"
        models.mkdir(parents=True)
        for file in (DATA / "golden").glob("tiny-random.*"):
            shutil.copy(file, models)
    app = build_app(dataclasses.replace(Flags(), data_dir=folder))
    set_current(app)  # scripts ask it for settings
    return app, [txt2img.create_tab(app), img2img.create_tab(app)]


def blocks_of(tabs):
    return [block for tab in tabs for block in tab.blocks.blocks.values()]


class Page:
    """Two tabs of a page with a file."""

    def __init__(self, built, folder, content=None):
        self.app, self.tabs = built
        self.path = folder / "ui-config.json"
        if content is not None:
            self.path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        self.config = UiConfig(self.path, folder / "tmp" / "ui-config.json", self.tabs, self.app.recommended())
        self.config.apply()

    def __getitem__(self, elem_id):
        return next(block for block in blocks_of(self.tabs) if block.elem_id == elem_id)

    @property
    def file(self):
        return json.loads(self.path.read_text(encoding="utf-8"))

    def values(self, **changed):
        return [changed.get(named.component.elem_id, named.component.value) for named in self.config.value_controls()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build_tabs(tmp_path_factory.mktemp("program"))


@pytest.fixture
def make_page(built, tmp_path):
    blocks = blocks_of(built[1])
    before = [{name: getattr(block, name) for name in ATTRIBUTES if hasattr(block, name)} for block in blocks]

    def reset():
        for block, attributes in zip(blocks, before, strict=True):
            for name, value in attributes.items():
                setattr(block, name, value)

    def make(content=None):
        reset()
        return Page(built, tmp_path, content)

    yield make
    reset()


def test_the_file_is_written_with_a1111s_keys_and_values(make_page):
    fresh = make_page()
    written, ours = fresh.file, ("txt2img/", "customscript/seed.py/txt2img/", "customscript/refiner.py/txt2img/")
    same = {key for key in written if key.startswith(ours) and key in A1111}
    assert {key: A1111[key] for key in same if written[key] != A1111[key]} == {
        "txt2img/Sampling method/value": "DPM++ 2M Karras",
        "customscript/refiner.py/txt2img/Checkpoint/value": "",
    }
    main = {key for key in A1111 if key.startswith("txt2img/") and key.split("/")[1] in MAIN_CONTROLS}
    assert main - written.keys() == set()
    text = fresh.path.read_text(encoding="utf-8")
    assert text.startswith('{\n    "txt2img/') and '\n    "txt2img/Prompt/visible": true,\n' in text


MAIN_CONTROLS = {
    *("Prompt", "Negative prompt", "Generate", "↙️", "🗑️", "📋", "🖌️", "Styles", "Sampling method", "Sampling steps"),
    *("Hires. fix", "Upscaler", "Hires steps", "Denoising strength", "Upscale by", "Resize width to"),
    *("Resize height to", "Hires checkpoint", "Hires sampling method", "Hires prompt", "Hires negative prompt"),
    *("Width", "Height", "⇅", "Batch count", "Batch size", "CFG Scale", "📂", "🖼️", "🎨️", "Script"),
}


def test_a1111s_own_file_fits_without_a_complaint(make_page):
    page = make_page(A1111)
    assert page.config.notices == []
    assert page["txt2img_sampling"].value == "DPM++ 2M" and page["txt2img_scheduler"].value == "Automatic"
    assert page.file.items() >= A1111.items(), "what is not here yet is kept"
    assert page.config.changes(page.values()) == {}


def test_a_persons_values_ranges_and_hidden_controls_are_taken_over(make_page):
    page = make_page(
        {
            "txt2img/Prompt/value": "a cat 猫",
            "txt2img/Width/value": 768,
            "txt2img/Width/maximum": 4096,
            "txt2img/Sampling method/value": "DPM++ 2M SDE Karras",
            "customscript/sampler.py/img2img/Sampling steps/value": 33,
            "txt2img/Batch size/maximum": 4,
            "txt2img/Hires. fix/value": True,
            "txt2img/🎲️/visible": False,
            "txt2img/CFG Scale/visible": False,
            "img2img/Denoising strength/value": 0.4,
            "img2img/Resize mode/value": "Crop and resize",
            "customscript/seed.py/txt2img/Seed/value": 1234,
            "txt2img/Hires checkpoint/value": "gone.safetensors",
            "of/an/extension": [1],
        },
    )
    shown = {name: page[name].value for name in ("txt2img_prompt", "txt2img_width", "txt2img_seed", "resize_mode")}
    assert shown == {
        "txt2img_prompt": "a cat 猫",
        "txt2img_width": 768,
        "txt2img_seed": 1234,
        "resize_mode": "Crop and resize",
    }
    assert (page["txt2img_sampling"].value, page["txt2img_scheduler"].value) == ("DPM++ 2M SDE", "Karras")
    assert (page["txt2img_width"].maximum, page["txt2img_batch_size"].maximum) == (4096, 4)
    assert page["img2img_steps"].value == 33 and page["txt2img_steps"].value == 20
    assert page["txt2img_hr-checkbox"].value is True and page["img2img_denoising_strength"].value == 0.4
    assert page["txt2img_cfg_scale"].visible == "hidden" and page["img2img_cfg_scale"].visible is True
    assert page["txt2img_random_seed"].visible == "hidden" and page["txt2img_random_subseed"].visible == "hidden"
    assert page.file["of/an/extension"] == [1] and page.file["txt2img/Prompt/value"] == "a cat 猫"
    assert len(page.config.notices) == 1 and "Hires checkpoint" in page.config.notices[0]


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("txt2img/Prompt/value", 5, "text"),
        ("txt2img/Width/value", "wide", "a number"),
        ("txt2img/Width/value", True, "a number"),
        ("txt2img/Width/value", 10**9, "a number from 64 to 2048"),
        ("txt2img/Width/step", 0, "make no range"),
        ("txt2img/Width/minimum", 5000, "make no range"),
        ("txt2img/Width/maximum", [], "a number"),
        ("txt2img/Sampling method/value", "no such sampler", "one of"),
        ("txt2img/Sampling method/value", ["Euler"], "one of"),
        ("txt2img/Styles/value", "none", "a list"),
        ("txt2img/Hires. fix/value", "yes", "true or false"),
        ("img2img/Resize mode/value", 0, "one of Just resize"),
        ("txt2img/Generate/visible", "no", "true or false"),
    ],
)
def test_a_bad_value_is_named_and_ignored(make_page, key, value, wanted):
    ids = ("txt2img_prompt", "txt2img_width", "txt2img_sampling", "txt2img_hr-checkbox", "resize_mode")
    before = [make_page()[elem_id].value for elem_id in ids]
    page = make_page({key: value})
    assert len(page.config.notices) == 1
    assert key.rpartition("/")[0] in page.config.notices[0] and wanted in page.config.notices[0]
    assert [page[elem_id].value for elem_id in ids] == before
    assert page["txt2img_width"].step == 8


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_corrupt_file_is_set_aside_and_told(make_page, tmp_path, content):
    page = make_page(content)
    assert (tmp_path / "tmp" / "ui-config.json").read_bytes() == content
    assert "could not be read" in page.config.notices[0] and "txt2img/Width/value" in page.file


def test_a_file_that_cannot_be_written_stops_nothing(make_page, tmp_path, caplog):
    page = make_page()
    page.config.path = tmp_path / "ui-config.json" / "below" / "a-file"
    page.config.stored = {}
    page.config.apply()
    assert "Cannot write" in caplog.text


def test_what_the_starter_model_wants_is_kept_out_of_the_file(tmp_path):
    built = build_tabs(tmp_path, starter=True)
    recommended = built[0].recommended()
    page = Page(built, tmp_path)
    assert page.app.uses_starter() and page["txt2img_width"].value == recommended["width"] != 512
    assert (page.file["txt2img/Width/value"], page.file["txt2img/Prompt/value"]) == (512, "")
    again = Page(built, tmp_path)
    assert again["txt2img_width"].value == page["txt2img_width"].value, "A1111's default says nothing"
    assert again.config.changes(again.values()) == {}
    own = Page(built, tmp_path, {**page.file, "txt2img/Width/value": 256})
    assert own["txt2img_width"].value == 256


def test_half_a_character_is_kept_too(make_page):
    assert make_page({"txt2img/Prompt/value": "\ud800"})["txt2img_prompt"].value == "\ud800"


def test_changes_in_the_page_are_shown_and_kept(make_page):
    page = make_page()
    values = page.values(txt2img_width=640, txt2img_prompt="<b>dog", txt2img_steps="many", txt2img_seed=None)
    changes = page.config.changes(values)
    assert changes == {"txt2img/Width/value": (512, 640), "txt2img/Prompt/value": ("", "<b>dog")}
    assert "&lt;b&gt;dog" in changes_html(changes) and "as the page begins" in changes_html({})
    page.config.begin_with({key: after for key, (_before, after) in changes.items()})
    assert page.file["txt2img/Width/value"] == 640
    assert page.config.changes(values) == {}
    assert make_page()["txt2img_width"].value == 640


def test_notices_are_short_and_escaped(tmp_path):
    (tmp_path / "config.json").write_text('{"tiling": "<script>", "n_rows": 3}')
    app = build_app(dataclasses.replace(Flags(), data_dir=tmp_path))
    assert startup_notices(app) == [
        "config.json: Setting tiling takes true or false, not '<script>'. The default is used."
    ]
    shown = notices_html([*startup_notices(app), *(["x" * 10_000] * 100)])
    assert "<script>" not in shown and len(shown) < 20_000 and "81 more" in shown
    assert isinstance(gr.HTML(shown), gr.HTML)
