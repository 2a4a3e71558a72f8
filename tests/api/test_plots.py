"""X/Y/Z plot, Prompt matrix and Prompts from file through the API. Their pictures are compared in tests/golden."""

import base64
import io
import json
import re
import threading
import time

import numpy as np
import pytest
from PIL import Image

from modules import shared  # noqa: TID251 - as extensions do
from modules.core.options import OPTIONS
from modules.imaging.options import OUTDIR_TXT2IMG_GRIDS
from tests.golden.evidence import EVIDENCE

RECORDED = EVIDENCE / "api" / "script-info.json"
SMALL = {
    "prompt": "a cat",
    "negative_prompt": "bad",
    "seed": 7,
    "steps": 1,
    "width": 64,
    "height": 64,
    "sampler_name": "Euler a",
    "override_settings": {"randn_source": "CPU"},
}
HIRES = {"enable_hr": True, "hr_scale": 1.5, "denoising_strength": 0.7}
LEGEND, PICTURES, SHEETS, KEEP, VARY_X, VARY_Y, VARY_Z, MARGIN, AS_TEXT = range(9, 18)

CHANGES = {
    "Seed": ("1,2", {}),
    "Var. seed": ("1,2", {"subseed_strength": 0.5}),
    "Var. strength": ("0,0.5", {}),
    "Steps": ("1,3", {}),
    "Hires steps": ("1,3", HIRES),
    "CFG Scale": ("1,9", {}),
    "Prompt S/R": ("cat,dog", {}),
    "Prompt order": ("a,cat", {}),
    "Sampler": ("Euler a,DDIM", {}),
    "Hires sampler": ("Euler a,DDIM", HIRES),
    "Checkpoint name": ("tiny-random,tiny-random.safetensors", {}),
    "Negative Guidance minimum sigma": ("0,14", {"steps": 4}),
    "Sigma Churn": ("0,1", {"sampler_name": "Euler"}),
    "Sigma min": ("0,5", {"sampler_name": "Euler", "s_churn": 5, "steps": 4}),
    "Sigma max": ("1,14", {"sampler_name": "Euler", "s_churn": 5, "steps": 4}),
    "Sigma noise": ("0.9,1.1", {"sampler_name": "Euler", "s_churn": 5}),
    "Schedule type": ("karras,Exponential", {"steps": 4}),
    "Schedule min sigma": ("0.1,2", {"scheduler": "karras", "steps": 2}),
    "Schedule max sigma": ("5,10", {"scheduler": "karras"}),
    "Schedule rho": ("1,7", {"scheduler": "karras", "steps": 4}),
    "Eta": ("0,1", {"steps": 2}),
    "Clip skip": ("1,2", {}),
    "Denoising": ("0.3,0.8", HIRES),
    "Extra noise": ("0,0.5", HIRES),
    "Hires upscaler": ("Latent,Lanczos", HIRES),
    "UniPC Order": ("1,3", {"sampler_name": "UniPC", "steps": 4}),
    "Token merging ratio": ("0,0.5", {}),
    "Token merging ratio high-res": ("0,0.5", HIRES),
    "Always discard next-to-last sigma": ("False,True", {"steps": 4}),
    "SGM noise multiplier": ("false,true", {}),
    "Refiner switch at": ("0.2,0.9", {}),
    "RNG source": ("CPU,NV", {}),
    "Size": ("64x64,96x64", {}),
    "Skip Early CFG": ("0,0.5", {}),
    "Beta schedule alpha": ("0.3,0.9", {"scheduler": "beta", "steps": 4}),
    "Beta schedule beta": ("0.3,0.9", {"scheduler": "beta", "steps": 4}),
    "Hires CFG Scale": ("1,9", HIRES),
}
"""Axes that change a small picture: values, and what they need besides."""

SAME_PICTURE = {"Checkpoint name", "Refiner switch at"}
"""With the one checkpoint there is here."""


def plot_args(*axes, **changed):
    """Return the values of the plot's controls; `axes` are pairs of type and values."""
    args = [value for kind, text in axes for value in (kind, text, [])]
    args += ["Nothing", "", []] * (3 - len(axes))
    args += [True, False, False, False, False, False, False, 0, False]
    for place, value in changed.get("set", {}).items():
        args[place] = value
    return args


def ask(client, name, args, tab="txt2img", **request):
    return client.post(f"/sdapi/v1/{tab}", json={**SMALL, **request, "script_name": name, "script_args": args})


def plot(client, *axes, tab="txt2img", request=None, **changed):
    return ask(client, "x/y/z plot", plot_args(*axes, set=changed.get("set", {})), tab, **(request or {}))


def read(reply):
    """Return the pictures and the info of an answer."""
    assert reply.status_code == 200, reply.text
    body = reply.json()
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in body["images"]], json.loads(body["info"])


def difference(one, other):
    if one.size != other.size:
        return 255
    return int(np.abs(np.asarray(one).astype(int) - np.asarray(other).astype(int)).max())


@pytest.mark.parametrize("label", CHANGES)
def test_an_axis_makes_a_picture_for_each_value(client, label):
    values, request = CHANGES[label]

    pictures, info = read(plot(client, (label, values), request=request, set={PICTURES: True}))

    assert len(pictures) == 3
    assert f"Script: X/Y/Z plot, X Type: {label}, X Values: " in info["infotexts"][0]
    assert (difference(*pictures[1:]) > 0) is (label not in SAME_PICTURE)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded list is not in this copy")
def test_axes_have_a1111s_numbers(client):
    listed = client.get("/sdapi/v1/script-info").json()
    for is_img2img in (False, True):
        ours, theirs = (
            next(s for s in scripts if s["name"] == "x/y/z plot" and s["is_img2img"] is is_img2img)["args"]
            for scripts in (listed, json.loads(RECORDED.read_text()))
        )
        for mine, recorded in zip(ours, theirs, strict=True):
            assert mine["label"] == recorded["label"]
            assert (mine["value"] or None) == (recorded["value"] or None)
            known = len(recorded["choices"] or ())
            assert mine["choices"] == recorded["choices"] or mine["choices"][:known] == recorded["choices"]


def test_each_cell_equals_the_picture_made_alone(client):
    pictures, info = read(plot(client, ("Steps", "1-3(+2)"), ("Seed", "5,6"), set={PICTURES: True, MARGIN: 10}))

    assert [info["all_seeds"], info["index_of_first_image"]] == [[5, 5, 6, 6], 1]
    alone, _ = read(client.post("/sdapi/v1/txt2img", json={**SMALL, "seed": 6, "steps": 3}))
    assert difference(pictures[4], alone[0]) <= 1
    width, height = pictures[0].size
    assert difference(pictures[0].crop((width - 64, height - 64, width, height)), pictures[4]) == 0


def test_seeds_are_fixed_kept_or_varied(client):
    def seeds(*axes, **changed):
        return read(plot(client, *axes, request={"seed": -1}, **changed))[1]["all_seeds"]

    steps, cfg = ("Steps", "1,2"), ("CFG Scale", "1,2")
    assert len(set(seeds(steps, cfg))) == 1
    assert len(set(seeds(steps, cfg, set={KEEP: True}))) == 4
    first, *others = seeds(steps, cfg, set={VARY_X: True, VARY_Y: True})
    assert [seed - first for seed in others] == [1, 2, 3]
    first, *others = seeds(steps, cfg, set={VARY_Y: True})
    assert [seed - first for seed in others] == [0, 1, 1]


def test_seeds_drawn_for_an_axis_are_told(client):
    _, info = read(plot(client, ("Seed", "-1,-1")))

    drawn = re.search(r'X Values: "-1,-1", Fixed X Values: "(\d+), (\d+)"', info["infotexts"][0])
    assert [int(drawn[1]), int(drawn[2])] == info["all_seeds"]
    assert "Fixed" not in read(plot(client, ("Seed", "-1,-1"), set={KEEP: True}))[1]["infotexts"][0]


@pytest.mark.parametrize(
    ("axes", "changed", "told"),
    [
        ([("Seed", "")], {}, "The X axis has no values"),
        ([("Seed", "1"), ("Steps", " , ")], {}, "The Y axis has no values"),
        ([("Steps", "many")], {}, "X axis, Steps: 'many' is not among whole numbers"),
        ([("Steps", "1-5(0)")], {}, "never gets there by steps of 0"),
        ([("Steps", "1-100000000")], {}, "may have 1,000 values"),
        ([("Seed", "1-1000"), ("CFG Scale", "1-1000")], {}, "would become 4,096 megapixels"),
        ([("Size", "4096x4096,8x8"), ("Seed", "1-20")], {}, "megapixels"),
        ([("CFG Scale", '"1, 2')], {}, "quote is not closed"),
        ([("Prompt S/R", "fox,dog")], {}, "looks for its first value, 'fox'"),
        ([("Prompt order", "cat,fox")], {}, "looks for 'fox'"),
        ([("Prompt order", "cat,cat")], {}, "twice"),
        ([("Prompt order", "a,b,c,d,e,f,g,h")], {}, "take fewer"),
        ([("Sampler", "Euler a,Eulr")], {}, "X axis, Sampler: Sampler not found: 'Eulr'"),
        ([("Checkpoint name", "nothing-like-it")], {}, "X axis, Checkpoint name: Checkpoint not found"),
        ([("Hires upscaler", "Latent,Nope")], {}, "Nope"),
        ([("Schedule type", "Nope")], {}, "Schedule not found"),
        ([("Styles", "no such style")], {}, "Style not found"),
        ([("Size", "64")], {}, "no size"),
        ([("RNG source", "TPU")], {}, "randn_source must be one of"),
        ([("Always discard next-to-last sigma", "maybe")], {}, "none of True, False"),
        ([("No such axis", "1")], {}, "X type must be one of Nothing, Seed"),
        ([(999, "1")], {}, "X type must be one of"),
        ([("Seed", "1")], {MARGIN: 100_000}, "Grid margins (px)"),
        ([("Seed", "1")], {MARGIN: "wide"}, "Grid margins (px)"),
        ([("Seed", 7)], {}, "X values must be a text"),
        ([("Seed", "1")], {LEGEND: "perhaps"}, "Draw legend must be true or false"),
    ],
)
def test_mistakes_are_told_before_the_first_picture(client, app, axes, changed, told):
    reply = plot(client, *axes, set=changed)

    assert reply.status_code in (400, 404), reply.text
    assert told in reply.json()["detail"]
    assert len(reply.json()["detail"]) < 1500


def test_axes_of_what_is_not_there_yet_say_so(client):
    missing = {"VAE": "sd_vae", "FP8 mode": "fp8_storage"}
    for label, setting in missing.items():
        reply = plot(client, (label, "Automatic" if label == "VAE" else "Enable"))
        if getattr(OPTIONS.get(setting), "without_effect", ""):
            assert reply.status_code == 400
            assert "changes nothing in this version" in reply.json()["detail"]
        else:
            assert reply.status_code == 200


def test_a_cell_that_fails_stays_blank(client):
    pictures, info = read(plot(client, ("Steps", "1,5000,2"), set={PICTURES: True, LEGEND: False}))

    assert pictures[0].size == (192, 64)
    assert pictures[0].crop((64, 0, 128, 64)).getcolors() == [(64 * 64, (255, 255, 255))]
    assert len(pictures) == 3
    assert ["Steps: 1" in text for text in info["infotexts"]] == [True, True, False]
    assert "Steps: 2" in pictures[2].info["parameters"]
    assert plot(client, ("Steps", "5000,6000")).status_code == 400


def test_an_interrupted_plot_keeps_what_was_made(client):
    answers = []
    work = threading.Thread(target=lambda: answers.append(plot(client, ("Seed", "1-40"), request={"steps": 10})))
    work.start()
    for _ in range(600):
        if client.get("/sdapi/v1/progress").json()["state"]["job_no"] >= 2:
            break
        time.sleep(0.05)
    client.post("/sdapi/v1/interrupt")
    work.join(60)

    (sheet,), info = read(answers[0])
    left, middle, right = (sheet.crop((x, sheet.height - 64, x + 64, sheet.height)) for x in (0, 64, 39 * 64))
    assert sheet.width == 40 * 64
    assert len(left.getcolors(5000) or [0] * 99) > 50 < len(middle.getcolors(5000) or [0] * 99)
    assert right.getcolors() == [(64 * 64, (255, 255, 255))]
    assert info["all_seeds"] == list(range(1, len(info["all_seeds"]) + 1))
    assert 2 <= len(info["all_seeds"]) < 40


def test_extensions_add_axes_and_see_those_of_the_running_plot(client, app):
    client.get("/sdapi/v1/scripts")
    module = next(data.module for data in app.script_classes if data.script_class.__module__ == "xyz_grid.py")
    seen = []

    def apply(p, x, xs):
        seen.append((shared.state.xyz_plot_x.values, x, xs))
        p.width = x

    own = module.AxisOption("[Own] width", int, apply, format_value=module.format_value_add_label, cost=0.5)
    module.axis_options.append(own)
    try:
        pictures, info = read(plot(client, ("[own] Width", "64,128"), set={PICTURES: True}))
    finally:
        module.axis_options.remove(own)

    assert [picture.width for picture in pictures[1:]] == [64, 128]
    assert seen == [([64, 128], 64, [64, 128]), ([64, 128], 128, [64, 128])]
    assert "X Type: [Own] width" in info["infotexts"][0]


def test_sheets_are_saved_with_their_infotext(client, app):
    folder = app.paths.data / OUTDIR_TXT2IMG_GRIDS.default
    before = set(folder.rglob("*.png"))

    axes = [("Steps", "1,2"), ("Nothing", ""), ("Seed", "5,6")]
    read(plot(client, *axes, request={"save_images": True}, set={SHEETS: True}))
    read(ask(client, "prompt matrix", [], prompt="a cat|red", save_images=True))

    saved = {path.name: Image.open(path) for path in set(folder.rglob("*.png")) - before}
    assert sorted(saved) == ["prompt_matrix-0000.png"] + [f"xyz_grid-{i:04}.png" for i in range(3)]
    assert "Z Type: Seed" in saved["xyz_grid-0000.png"].info["parameters"]
    assert "Z Type" not in saved["xyz_grid-0001.png"].info["parameters"]


def test_plots_of_img2img(client):
    picture = base64.b64encode((EVIDENCE / "cases" / "inputs" / "photo128.png").read_bytes()).decode()
    request = {"init_images": [picture], "steps": 4}

    for label, values in (("Denoising", "0.3,0.8"), ("Initial noise multiplier", "0.5,1")):
        pictures, _ = read(plot(client, (label, values), tab="img2img", request=request, set={PICTURES: True}))
        assert difference(*pictures[1:]) > 0
    assert plot(client, ("Hires steps", "1,2"), tab="img2img", request=request).status_code == 400


# --- Prompt matrix ------------------------------------------------------------------------------------------------


def test_a_matrix_has_all_combinations_in_any_batch_size(client):
    pictures, info = read(ask(client, "prompt matrix", [False, True, 0, 1, 6], prompt="a| b |c,|d", batch_size=3))

    assert info["all_prompts"] == ["a", "a b", "a c", "a b c", "a d", "a b d", "a c d", "a b c d"]
    assert info["all_seeds"] == list(range(7, 15))
    assert len(pictures) == 9
    assert pictures[0].size[0] == 4 * 64 + 3 * 6 + 48


@pytest.mark.parametrize(
    ("args", "request_", "told"),
    [
        ([False, False, "sideways"], {}, "Select prompt"),
        ([False, False, "positive", "dash"], {}, "Select joining char"),
        ([False, False, "positive", "comma", 501], {}, "Grid margins"),
        ([], {"prompt": "|".join("abcdefghijklmnopqrstuvwxyz" * 4)}, "variable parts give"),
    ],
)
def test_matrices_that_cannot_be_are_told(client, args, request_, told):
    reply = ask(client, "prompt matrix", args, **request_)

    assert reply.status_code == 400
    assert told in reply.json()["detail"]


def test_a_prompt_without_parts_is_one_picture(client):
    pictures, _ = read(ask(client, "prompt matrix", []))

    assert [picture.size for picture in pictures] == [(64, 64), (64, 64)]


# --- Prompts from file --------------------------------------------------------------------------------------------


def test_lines_have_their_own_options(client):
    lines = 'a fox --not an option\n--prompt "dog" --seed 99 --steps 2 --width 128 --batch_size 2\n--cfg_scale 2'
    pictures, info = read(ask(client, "prompts from file or textbox", [True, False, "start", lines]))

    assert [picture.size for picture in pictures] == [(64, 64), (128, 64), (128, 64), (64, 64)]
    assert info["all_prompts"] == ["a fox --not an option a cat", "dog a cat", "dog a cat", "a cat"]
    assert info["all_seeds"] == [7, 99, 100, 10]
    assert [re.search("Steps: (.)", text)[1] for text in info["infotexts"]] == ["1", "2", "2", "1"]


def test_lines_share_a_random_seed_if_asked_to(client):
    def seeds(*ticks):
        return read(ask(client, "prompts from file or textbox", [*ticks, "end", "a\nb\nc"], seed=-1))[1]["all_seeds"]

    assert len(set(seeds(False, False))) == 3
    assert len(set(seeds(False, True))) == 1
    first, *others = seeds(True, False)
    assert others == [first + 1, first + 2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "list of prompts is empty"),
        ("a\n--stepz 3", "Line 2: there is no option --stepz"),
        ("--steps x", "Line 1: --steps takes a whole number"),
        ("--sd_model nothing-like-it", "Checkpoint not found"),
        ("--sampler_index 999", "--sampler_index is from 0"),
        ("--sampler_name Nope", "Line 1: Sampler not found"),
        ("--width 3", "Line 1: Width must be"),
    ],
)
def test_lists_that_cannot_be_are_told(client, text, told):
    reply = ask(client, "prompts from file or textbox", [False, False, "start", text])

    assert reply.status_code in (400, 404)
    assert told in reply.json()["detail"]


def test_a_line_that_fails_is_left_out(client):
    pictures, info = read(ask(client, "prompts from file or textbox", [False, False, "end", "a\n--width 3\nb"]))

    assert len(pictures) == 2
    assert info["all_prompts"] == ["a cat a", "a cat b"]
