"""The checkpoints that ship beside the starter: one fills holes so that they fit, one paints in another style.

Both are used as a person would, through the program; `python -m starter.evaluate --companions` prints all figures.
"""

import base64
import dataclasses
import io

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image
from safetensors import safe_open

from modules.api.server import create_server
from modules.app.app import build_app
from modules.app.current import set_current
from modules.checkpoints.families import find_variant
from modules.checkpoints.header import read_header
from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.core.paths import STARTER
from modules.server.boot import make_script_controls
from starter.companions import glow, inpainting_figures
from starter.companions.checkpoint import differing
from starter.companions.inpainting_figures import MIDDLE, box, paint_in, seam
from starter.companions.stage import Stage

FOLDER = PROGRAM_FOLDER / STARTER.parent
GLOW, INPAINTING = glow.LABEL.name, inpainting_figures.NAME
FEW = {"steps": 10}


@pytest.fixture(scope="module")
def stage():
    return Stage(seeds=2)


def draw(stage, prompt, checkpoint, **more):
    return stage.draw(prompt, override_settings={"sd_model_checkpoint": checkpoint}, **FEW, **more)


def test_the_starter_is_still_the_first(stage):
    assert stage.app.selected_checkpoint().filename == FOLDER / STARTER.name
    assert {STARTER.name, f"{GLOW}.safetensors", f"{INPAINTING}.safetensors"} <= {
        info.name for info in stage.app.catalog.all()
    }


@pytest.mark.parametrize("name", [GLOW, INPAINTING])
def test_only_the_unet_differs_from_the_starter(name):
    assert differing(FOLDER / STARTER.name, FOLDER / f"{name}.safetensors") == []


@pytest.mark.parametrize("name", [GLOW, INPAINTING])
def test_a_file_says_whose_pictures_are_in_it(name):
    file = FOLDER / f"{name}.safetensors"
    assert file.stat().st_size <= 45_000_000
    with safe_open(file, "pt") as opened:
        about = opened.metadata()
    assert "Microsoft" in about["modelspec.description"]
    assert about["modelspec.license"] == "MIT"
    assert about["modelspec.thumbnail"].startswith("data:image/jpeg;base64,")


def test_the_inpainting_checkpoint_is_recognised():
    file = FOLDER / f"{INPAINTING}.safetensors"
    assert find_variant(read_header(file).shapes) == "inpainting"


def test_a_hole_is_filled_so_that_it_fits(stage):
    """Nothing but the picture says what the background is."""
    empty = [draw(stage, f"{place}", STARTER.stem, batch_size=1)[0] for place in ("a blue background", "a sunset")]
    seams = {}
    for name in (STARTER.stem, INPAINTING):
        made = [paint_in(stage, name, picture, MIDDLE, "a cat") for picture in empty]
        assert all(torch.equal(a[:, MIDDLE == 0], b[:, MIDDLE == 0]) for a, b in zip(made, empty, strict=True))
        seams[name] = sum(seam(picture, MIDDLE) for picture in made) / len(made)
    assert stage.things(torch.stack(made)) == ["cat", "cat"]
    assert seams[INPAINTING] < 0.85 * seams[STARTER.stem]


def test_half_of_an_object_is_made_whole(stage):
    [picture] = draw(stage, "a heart on a green background", STARTER.stem, batch_size=1)
    half = box(0, 64, 128, 128)
    made = paint_in(stage, INPAINTING, picture, half, "a heart")
    assert stage.things(made[None]) == ["heart"]
    assert seam(made, half) < 2 * seam(picture, half) + 5


def test_the_second_style_paints_the_same_things_in_the_dark_and_a_merge_lies_between(stage, tmp_path):
    prompt = "a robot on a red background"
    halfway = tmp_path / STARTER.with_name("halfway.safetensors")
    glow.write_halfway(FOLDER / STARTER.name, FOLDER / f"{GLOW}.safetensors", halfway)
    first, last = draw(stage, prompt, STARTER.stem), draw(stage, prompt, GLOW)
    between = Stage(tmp_path, seeds=2).draw(prompt, **FEW)

    assert glow.darkness(first) + 0.1 < glow.darkness(between) < glow.darkness(last) - 0.1
    assert stage.things(last) == ["robot", "robot"]
    assert [glow.nearest_colour(picture) for picture in last] == ["red", "red"]


def test_a_plot_compares_the_checkpoints(tmp_path):
    app = build_app(dataclasses.replace(Flags(), data_dir=tmp_path, use_cpu=("all",), api=True))
    app.make_script_controls = make_script_controls
    set_current(app)
    nothing = ["Nothing", "", []]
    axis = ["Checkpoint name", f"{STARTER.stem},{GLOW}", []]
    body = {
        "prompt": "a heart on a pink background", "seed": 1, "steps": 6, "cfg_scale": 4, "width": 128, "height": 128,
        "script_name": "x/y/z plot",
        "script_args": [*axis, *nothing, *nothing, True, True, False, False, False, False, False, 0, False],
    }  # fmt: skip
    reply = TestClient(create_server(app)).post("/sdapi/v1/txt2img", json=body)

    assert reply.status_code == 200, reply.text
    images = [Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB") for data in reply.json()["images"]]
    _, bright, dark = (torch.from_numpy(np.array(image, np.float32) / 255).permute(2, 0, 1) for image in images)
    assert glow.darkness(bright[None]) + 0.3 < glow.darkness(dark[None])
