"""POST /sdapi/v1/txt2img with the real program and a tiny checkpoint."""

import base64
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
import requests
from PIL import Image

from modules.api.schemas import Txt2ImgBody
from modules.enhance import download
from modules.generation.options import CLIP_SKIP
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext
from modules.imaging.options import SAMPLES_FORMAT

DATA = Path(__file__).parents[1] / "data"
A1111_FIELDS = json.loads((DATA / "api" / "a1111_txt2img_fields.json").read_text())
RECORDED = json.loads((DATA / "golden" / "cases" / "misc" / "send-images-false.json").read_text())
SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 7}


@pytest.fixture
def txt2img(client):
    def post(**fields):
        return client.post("/sdapi/v1/txt2img", json={**SMALL, **fields})

    return post


def picture(answer, index=0):
    return load_image(base64.b64decode(answer.json()["images"][index], validate=True))


def info(answer):
    return json.loads(answer.json()["info"])


def test_the_fields_and_defaults_are_those_of_a1111():
    defaults = {name: field.default for name, field in Txt2ImgBody.model_fields.items() if name in A1111_FIELDS}
    recorded = {name: field["default"] for name, field in A1111_FIELDS.items()}
    recorded["denoising_strength"] = 0.75  # A1111's route fills it in; its description does not say so

    assert defaults == recorded


def test_the_picture_is_base64_with_its_infotext(txt2img):
    answer = txt2img()

    image = picture(answer)
    assert answer.status_code == 200
    assert (image.format, image.size) == ("PNG", (64, 64))
    assert read_infotext(image).infotext == info(answer)["infotexts"][0]
    assert "Seed: 7, Size: 64x64, Model hash: 85d6e36ef7" in info(answer)["infotexts"][0]


def test_info_has_the_keys_of_a1111_in_their_order(client):
    answer = client.post("/sdapi/v1/txt2img", json=RECORDED["request"])

    recorded = RECORDED["response"]["info_parsed"]
    ours = info(answer)
    changing = {"infotexts", "job_timestamp", "subseed", "all_subseeds", "version", "extra_generation_params"}
    assert list(ours) == list(recorded)
    assert {k: v for k, v in ours.items() if k not in changing} == {
        k: v for k, v in recorded.items() if k not in changing
    }
    assert answer.json()["images"] == []


def test_parameters_repeat_the_request_with_defaults_and_nulls(txt2img):
    parameters = txt2img(unknown_field=1).json()["parameters"]

    assert parameters.keys() == Txt2ImgBody.model_fields.keys()
    assert (parameters["prompt"], parameters["cfg_scale"], parameters["sampler_name"]) == ("a cat", 7.0, None)


def test_null_stands_for_the_default_of_every_field(client):
    nulls = dict.fromkeys([*Txt2ImgBody.model_fields, "some_extension_field"])

    answer = client.post("/sdapi/v1/txt2img", json={**nulls, **SMALL})

    assert answer.status_code == 200
    assert info(answer)["cfg_scale"] == 7.0
    assert info(answer)["sampler_name"] == "Euler"


def test_the_same_seed_gives_the_same_picture(txt2img):
    assert txt2img().json()["images"] == txt2img().json()["images"] != txt2img(seed=8).json()["images"]


def test_batches_come_in_order_of_their_seeds(txt2img):
    answer = txt2img(batch_size=2, n_iter=2)

    assert info(answer)["all_seeds"] == [7, 8, 9, 10]
    assert [read_infotext(picture(answer, i)).infotext for i in range(4)] == info(answer)["infotexts"]


@pytest.mark.parametrize(
    ("sampler", "shown"),
    [
        ({"sampler_index": "Euler a"}, "Sampler: Euler a, Schedule type: Automatic"),
        ({"sampler_name": "", "sampler_index": "Euler a"}, "Sampler: Euler a, Schedule type: Automatic"),
        ({"sampler_name": "DPM++ 2M Karras"}, "Sampler: DPM++ 2M, Schedule type: Karras"),
        ({"sampler_name": "Euler", "scheduler": "karras"}, "Sampler: Euler, Schedule type: Karras"),
        ({"sampler_name": "Euler", "scheduler": "Exponential"}, "Sampler: Euler, Schedule type: Exponential"),
        ({"sampler_name": "DPM++ 2M", "scheduler": "Automatic"}, "Sampler: DPM++ 2M, Schedule type: Karras"),
    ],
)
def test_samplers_are_named_in_the_old_ways_and_the_new(txt2img, sampler, shown):
    assert shown in info(txt2img(**sampler))["infotexts"][0]


@pytest.mark.parametrize(("name", "pillow"), [("jpg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")])
def test_pictures_are_sent_in_the_format_of_the_settings(txt2img, name, pillow):
    answer = txt2img(override_settings={"samples_format": name})

    image = picture(answer)
    assert image.format == pillow
    assert read_infotext(image).infotext == info(answer)["infotexts"][0]


def test_an_unknown_format_is_refused_before_anything_is_made(txt2img):
    answer = txt2img(override_settings={"samples_format": "xyz"})

    assert answer.status_code == 400
    assert "Invalid image format" in answer.json()["detail"]


def test_overrides_hold_for_one_job_only(txt2img, app):
    answer = txt2img(override_settings={"CLIP_stop_at_last_layers": 2})

    assert info(answer)["clip_skip"] == 2
    assert app.options[CLIP_SKIP] == 1
    assert info(txt2img())["clip_skip"] == 1


def test_overrides_stay_when_asked_to(txt2img, app):
    txt2img(override_settings={"CLIP_stop_at_last_layers": 2}, override_settings_restore_afterwards=False)

    assert app.options[CLIP_SKIP] == 2
    assert info(txt2img())["clip_skip"] == 2


def test_an_override_by_an_unknown_checkpoint_is_ignored(txt2img):
    for restore in (True, False):
        answer = txt2img(
            override_settings={"sd_model_checkpoint": "no such file"}, override_settings_restore_afterwards=restore
        )
        assert info(answer)["sd_model_name"] == "tiny-random"


def test_an_unknown_override_is_named(txt2img):
    answer = txt2img(override_settings={"no_such_setting": 1})

    assert answer.status_code == 404
    assert "no_such_setting" in answer.json()["detail"]


def test_pictures_are_saved_only_when_asked_for(txt2img, app):
    folder = app.paths.data / "outputs"
    before = set(folder.rglob("*.png"))
    txt2img()
    assert set(folder.rglob("*.png")) == before

    answer = txt2img(save_images=True, seed=4321)

    [saved] = set(folder.rglob("*.png")) - before
    assert saved.parent == folder / "txt2img-images" / datetime.now().strftime("%Y-%m-%d")
    assert saved.name.endswith("-4321.png")
    assert read_infotext(load_image(saved)).infotext == info(answer)["infotexts"][0]


def test_a_grid_comes_first_and_only_with_saved_pictures(txt2img):
    without = txt2img(batch_size=2)
    answer = txt2img(batch_size=2, save_images=True)

    assert len(without.json()["images"]) == 2
    assert info(without)["index_of_first_image"] == 0
    assert picture(answer).size[0] * picture(answer).size[1] == 2 * 64 * 64
    assert info(answer)["index_of_first_image"] == 1
    assert len(info(answer)["infotexts"]) == len(answer.json()["images"]) == 3


def test_an_infotext_fills_what_was_not_given(client):
    answer = client.post(
        "/sdapi/v1/txt2img",
        json={
            "infotext": "a cat\nNegative prompt: bad\nSteps: 2, Sampler: Euler a, CFG scale: 5, Seed: 99, "
            "Size: 64x96, Model hash: 85d6e36ef7, Clip skip: 2",
            "negative_prompt": "mine",
            "override_settings": {"randn_source": "CPU"},
        },
    )

    made = info(answer)
    assert {
        key: made[key] for key in ("prompt", "negative_prompt", "steps", "cfg_scale", "seed", "width", "height")
    } == {
        "prompt": "a cat",
        "negative_prompt": "mine",
        "steps": 2,
        "cfg_scale": 5.0,
        "seed": 99,
        "width": 64,
        "height": 96,
    }
    assert (made["sampler_name"], made["clip_skip"]) == ("Euler a", 2)
    assert "RNG: CPU" in made["infotexts"][0]


def test_an_infotext_of_1_8_without_schedule_means_what_it_meant_there(client):
    text = "x\nSteps: 2, Sampler: DPM++ 2M, CFG scale: 5, Seed: 9, Size: 64x64, Version: v1.8.0"

    assert "Schedule type: Uniform" in info(client.post("/sdapi/v1/txt2img", json={"infotext": text}))["infotexts"][0]


def test_an_infotext_that_cannot_be_used_is_refused(client):
    answer = client.post("/sdapi/v1/txt2img", json={"infotext": "x\nSteps: many, Sampler: Euler, Seed: 1, Size: 64x64"})

    assert answer.status_code == 400
    assert "steps" in answer.json()["detail"]


@pytest.mark.parametrize(
    "scripts", [{"script_name": "No such script"}, {"alwayson_scripts": {"ControlNet": {"args": []}}}], ids=str
)
def test_a_script_that_is_not_there_is_named(txt2img, scripts):
    answer = txt2img(**scripts)

    name = scripts.get("script_name") or "ControlNet"
    assert answer.status_code == 422
    assert answer.json() == {"error": "HTTPException", "detail": f"Script '{name}' not found", "body": "", "errors": ""}


def test_scripts_that_are_parts_of_the_page_are_ignored(txt2img):
    always = {"Seed": {"args": [-1, False]}, "Sampler": {"args": []}, "refiner": {"args": [False, "", 0.8]}}

    assert txt2img(alwayson_scripts=always, script_name="").status_code == 200


def test_weights_of_face_restoration_that_cannot_be_had_are_told_before_a_picture_is_made(txt2img, monkeypatch):
    def refuse(*_arguments, **_more):
        raise requests.ConnectionError

    monkeypatch.setattr(download.requests, "get", refuse)
    answer = txt2img(restore_faces=True, override_settings={"face_restoration_model": "GFPGAN"})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("GFPGANv1.4.pth (349 MB) could not be downloaded: there is no connection")
    assert txt2img(restore_faces=False).status_code == 200


def test_the_task_id_is_the_one_asked_for(txt2img, app):
    txt2img(force_task_id="task(mine)")

    assert app.queue.status("task(mine)").completed


def test_a_picture_of_odd_size_is_rounded_down_as_in_a1111(txt2img):
    answer = txt2img(width=100, height=132)

    assert picture(answer).size == (96, 128)
    assert "Size: 100x132" in info(answer)["infotexts"][0]


def test_settings_for_files_do_not_break_the_reply(txt2img):
    answer = txt2img(override_settings={SAMPLES_FORMAT.name: "jpg", "jpeg_quality": 10_000})

    assert answer.status_code == 200
    assert Image.open(io.BytesIO(base64.b64decode(answer.json()["images"][0]))).format == "JPEG"
