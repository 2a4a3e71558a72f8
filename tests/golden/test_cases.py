"""Recorded requests, sent through our API, give A1111's pictures."""

import base64
import io
import json
import shutil

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.app import build_app
from modules.app.current import set_current
from modules.core.flags import Flags
from modules.core.options import OPTIONS
from modules.engine.sampling.registry import split_sampler_name
from modules.engine.sampling.sigmas import SCHEDULES
from modules.imaging.infotext import parse_infotext
from modules.server.boot import make_script_controls
from tests.golden.evidence import COMMITTED, EVIDENCE, assert_same_picture, read_cases

NETWORKS = EVIDENCE / "networks"
OTHER_CHECKPOINT = EVIDENCE / "tiny-random-b.safetensors"
GROUPS = ("samplers", "prompts", "seeds", "hires", "refiner", "img2img", "inpaint", "scripts", "misc", "networks")
WAITING = {
    "this setting": lambda r: any(key not in OPTIONS for key in r.get("override_settings", {})),
    "another checkpoint": lambda r: r.get("hr_checkpoint_name") and not OTHER_CHECKPOINT.exists(),
}
"""Features of later issues: feature -> whether a request needs it."""

EMBEDDINGS = "networks/ti-"
"""Compared in `test_textual_inversion.py`."""

BLANK_MASK = "inpaint/fullres-empty-mask"
"""Failed in 1.8; since 1.9.3 the whole picture is repainted."""

LARGEST_DIFFERENCE = {"img2img/color-correction": 3}
"""OpenCV counts Lab back into RGB in whole numbers as well: one value of one pixel differs by 3."""

LOOPBACK = "scripts/loopback"
LOOPBACK_DIFFERENCE, LOOPBACK_MEAN = 24, 3
"""Each loop enlarges what the one before differs by: the reference repeats its own last picture no better than this."""

PROMPTS_FROM_FILE = "scripts/prompts-from-file"
NOT_TRUE_IN_1_8 = {"seed", "all_seeds", "all_negative_prompts", "restore_faces", "sd_model_name", "sd_model_hash"}
"""There A1111 describes a job that was never run: without a model, and with the seed that comes after the last one."""

VOLATILE = {"subseed", "all_subseeds", "job_timestamp", "version", "infotexts", "extra_generation_params", "comments"}
NOT_WRITTEN_BY_1_8 = {
    *("Schedule type", "Sigma churn", "Sigma noise", "Sigma tmin", "Version"),
    *("UniPC variant", "UniPC skip type", "UniPC order", "UniPC lower order final"),
    "Quantized timesteps",
}


def is_ready(case):
    return not any(needs(case.request) for needs in WAITING.values())


CASES = [case for case in read_cases(*GROUPS) if is_ready(case) and not case.id.startswith(EMBEDDINGS)]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("golden")
    shutil.copy(COMMITTED / "styles.csv", data)
    folder = data / "checkpoints"
    folder.mkdir()
    for checkpoint in (EVIDENCE / "tiny-random.safetensors", OTHER_CHECKPOINT):
        if checkpoint.exists():
            (folder / checkpoint.name).symlink_to(checkpoint)
            shutil.copy(EVIDENCE / "tiny-random.yaml", folder / f"{checkpoint.stem}.yaml")
    loras = data / "models" / "Lora"
    loras.mkdir(parents=True)
    for lora in NETWORKS.glob("tiny-l*.safetensors"):
        (loras / lora.name).symlink_to(lora)
    (data / "embeddings").mkdir()
    (data / "embeddings" / "tiny-emb.pt").symlink_to(NETWORKS / "tiny-emb.pt")
    chosen = folder / "tiny-random.safetensors"
    flags = Flags(data_dir=data, ckpt_dir=folder, ckpt=chosen, use_cpu=("all",), api=True)
    app = build_app(flags)
    app.make_script_controls = make_script_controls
    set_current(app)
    return TestClient(create_server(app))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_same_picture(case, client):
    reply = client.post(case.endpoint, json=case.request)

    assert reply.status_code == (200 if case.id == BLANK_MASK else case.status), reply.text
    if case.status != 200:
        return
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in reply.json()["images"]]
    assert len(pictures) == len(case.images)
    for index, picture in enumerate(pictures):
        if case.id.startswith(LOOPBACK):
            assert_same_picture(picture, case.picture(index), LOOPBACK_DIFFERENCE, LOOPBACK_MEAN)
        else:
            assert_same_picture(picture, case.picture(index), LARGEST_DIFFERENCE.get(case.id, 2))
        written = case.images[index]["text"]
        if written:  # A1111 writes none into what scripts put together
            assert_same_infotext(picture.info["parameters"], written["parameters"])
    assert_same_info(json.loads(reply.json()["info"]), case)


def assert_same_infotext(ours, theirs):
    """All that 1.8 wrote, with its values; the schedule, which 1.8 had in the sampler's name, is written besides."""
    mine, wanted = parse_infotext(ours), parse_infotext(theirs)
    for key, own in (("Sampler", "Schedule type"), ("Hires sampler", "Hires schedule type")):
        name, schedule = split_sampler_name(wanted.get(key, ""))
        if schedule is not None:
            wanted |= {key: name, own: SCHEDULES.get(schedule).label}
            assert mine[own] == wanted[own]
    old_range = {key for key in ("Schedule min sigma", "Schedule max sigma") if wanted[key] == 0}
    for key in NOT_WRITTEN_BY_1_8 | old_range:
        mine.pop(key, None)
        wanted.pop(key, None)
    assert mine == wanted


def assert_same_info(ours, case):
    assert [key for key in ours if key != "comments"] == list(case.info)
    name, _ = split_sampler_name(case.info["sampler_name"])
    given = {"subseed", "all_subseeds"} if "subseed" in case.request else set()
    volatile = VOLATILE | NOT_TRUE_IN_1_8 if case.id.startswith(PROMPTS_FROM_FILE) else VOLATILE
    for key in set(ours) - volatile | given:
        assert ours[key] == (name if key == "sampler_name" else case.info[key]), key


def test_enough_cases_are_compared():
    assert len(CASES) >= 45
