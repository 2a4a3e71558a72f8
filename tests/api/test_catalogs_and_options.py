"""What there is to choose from, the settings, the flags, png-info, memory."""

import base64
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES
from modules.generation.options import CLIP_SKIP
from modules.imaging.metadata import encode_image

DATA = Path(__file__).parents[1] / "data"
A1111_FLAGS = json.loads((DATA / "api" / "a1111_cmd_flags.json").read_text())
PNG_INFO = DATA / "png-info"
SHA256 = "85d6e36ef7c0c6099c87c32620d2c780eca9fd1dc490d31f7627600429efdc34"


def test_checkpoints_are_listed_as_by_a1111(client, app):
    app.catalog.hashed(app.catalog.get("tiny-random"))

    item = next(item for item in client.get("/sdapi/v1/sd-models").json() if item["model_name"] == "tiny-random")

    folder = app.paths.models / "Stable-diffusion"
    assert item == {
        "title": "tiny-random.safetensors [85d6e36ef7]",
        "model_name": "tiny-random",
        "hash": "85d6e36ef7",
        "sha256": SHA256,
        "filename": str(folder / "tiny-random.safetensors"),
        "config": str(folder / "tiny-random.yaml"),
    }


def test_new_checkpoints_are_found_when_asked_to_look(client, app):
    folder = app.paths.models / "Stable-diffusion"
    shutil.copy(folder / "tiny-random.safetensors", folder / "second.safetensors")

    names = [item["model_name"] for item in client.get("/sdapi/v1/sd-models").json()]
    answer = client.post("/sdapi/v1/refresh-checkpoints")
    found = [item["model_name"] for item in client.get("/sdapi/v1/sd-models").json()]
    (folder / "second.safetensors").unlink()
    client.post("/sdapi/v1/refresh-checkpoints")

    assert (answer.status_code, answer.json()) == (200, None)
    assert "second" not in names
    assert "second" in found


def test_samplers_are_those_of_the_registry(client):
    items = client.get("/sdapi/v1/samplers").json()

    assert [item["name"] for item in items] == SAMPLERS.names()
    options = {item["name"]: item["options"] for item in items}
    assert items[6] == {
        "name": "Euler a",
        "aliases": ["k_euler_a", "k_euler_ancestral"],
        "options": {"uses_ensd": True},
    }
    assert options["Euler"] == {}
    assert options["DPM++ SDE"] == {"scheduler": "karras", "second_order": True, "brownian_noise": True}
    assert options["DPM++ 2M SDE Heun"] == {"scheduler": "exponential", "brownian_noise": True, "solver_type": "heun"}
    assert options["DPM2"] == {"scheduler": "karras", "discard_next_to_last_sigma": True, "second_order": True}


def test_schedulers_begin_with_automatic(client):
    items = client.get("/sdapi/v1/schedulers").json()

    assert [item["name"] for item in items] == ["automatic", *SCHEDULES.names()]
    assert items[0]["label"] == "Automatic"
    karras = next(item for item in items if item["name"] == "karras")
    assert karras == {
        "name": "karras",
        "label": "Karras",
        "aliases": None,
        "default_rho": 7.0,
        "need_inner_model": False,
    }


def test_upscalers_and_latent_modes_begin_as_those_of_a1111(client):
    upscalers = client.get("/sdapi/v1/upscalers").json()
    modes = client.get("/sdapi/v1/latent-upscale-modes").json()

    recorded = {"model_name": None, "model_path": None, "model_url": None, "scale": 4.0}
    assert upscalers[:3] == [{"name": name, **recorded} for name in ("None", "Lanczos", "Nearest")]
    assert modes[0] == {"name": "Latent"}
    assert len(modes) == 6


def test_options_are_read_and_set(client, app):
    assert client.get("/sdapi/v1/options").json()["CLIP_stop_at_last_layers"] == 1

    answer = client.post("/sdapi/v1/options", json={"CLIP_stop_at_last_layers": 2})

    assert (answer.status_code, answer.json()) == (200, None)
    assert client.get("/sdapi/v1/options").json()["CLIP_stop_at_last_layers"] == 2
    assert json.loads(app.paths.config_file.read_text())["CLIP_stop_at_last_layers"] == 2


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({"no_such_setting": 1}, 404, "no_such_setting"),
        ({"CLIP_stop_at_last_layers": "two"}, 400, "CLIP_stop_at_last_layers"),
        ({"sd_model_checkpoint": "no such file"}, 404, "no such file"),
        ({"sd_model_checkpoint": [1]}, 400, "sd_model_checkpoint"),
    ],
)
def test_a_wrong_setting_changes_nothing(client, app, values, status, word):
    answer = client.post("/sdapi/v1/options", json={"eta_noise_seed_delta": 31337, **values})

    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert client.get("/sdapi/v1/options").json()["eta_noise_seed_delta"] == 0


def test_a_checkpoint_is_chosen_by_any_of_its_names(client, app):
    for name in ("tiny-random", "tiny-random.safetensors", "tiny-random.safetensors [85d6e36ef7]", "85d6e36ef7"):
        assert client.post("/sdapi/v1/options", json={"sd_model_checkpoint": name}).status_code == 200, name
        options = client.get("/sdapi/v1/options").json()
        assert options["sd_model_checkpoint"] == "tiny-random.safetensors [85d6e36ef7]"
    assert options["sd_checkpoint_hash"] == SHA256


def test_null_leaves_a_setting_as_it_is(client, app):
    assert (
        client.post("/sdapi/v1/options", json={"sd_model_checkpoint": None, "samples_format": None}).status_code == 200
    )
    assert client.get("/sdapi/v1/options").json()["samples_format"] == "png"


def test_settings_of_the_program_itself_are_silently_kept(client):
    before = client.get("/sdapi/v1/options").json()["sd_checkpoint_hash"]

    assert client.post("/sdapi/v1/options", json={"sd_checkpoint_hash": "mine"}).status_code == 200
    assert client.get("/sdapi/v1/options").json()["sd_checkpoint_hash"] == before


def test_frozen_settings_are_refused(make_client):
    client = make_client(freeze_settings=True)

    answer = client.post("/sdapi/v1/options", json={CLIP_SKIP.name: 2})

    assert answer.status_code == 400
    assert "frozen" in answer.json()["detail"]


def test_flags_have_the_names_of_a1111(client, app):
    flags = client.get("/sdapi/v1/cmd-flags").json()

    assert set(A1111_FLAGS) - set(flags) == set()
    assert flags["data_dir"] == str(app.paths.data)
    assert flags["use_cpu"] == ["all"]


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_png_info_answers_as_a1111(client, prefix):
    recorded = json.loads((PNG_INFO / "answers.json").read_text())
    for name, expected in recorded.items():
        if (PNG_INFO / name).exists():
            image = prefix + base64.b64encode((PNG_INFO / name).read_bytes()).decode()
            answer = client.post("/sdapi/v1/png-info", json={"image": image}).json()
            assert {"info": answer["info"], "items": answer["items"]} == {
                "info": expected["info"] or "",
                "items": expected["items"],
            }, name


def test_png_info_parses_the_parameters(client):
    image = base64.b64encode((PNG_INFO / "with-params.png").read_bytes()).decode()

    parameters = client.post("/sdapi/v1/png-info", json={"image": image}).json()["parameters"]

    assert (parameters["Steps"], parameters["Size-1"], parameters["Size-2"]) == ("20", "512", "768")


def test_png_info_tells_texts_that_are_no_infotext(client):
    image = Image.new("RGB", (8, 8))
    image.info = {"workflow": "{}"}
    encoded = base64.b64encode(encode_image(image, "png")).decode()

    answer = client.post("/sdapi/v1/png-info", json={"image": encoded}).json()

    assert answer == {"info": "", "items": {"workflow": "{}"}, "parameters": {}}


def test_memory_is_told_in_bytes(client):
    memory = client.get("/sdapi/v1/memory").json()

    ram = memory["ram"]
    assert 0 < ram["used"] < ram["total"]
    assert ram["free"] + ram["used"] == ram["total"]
    assert memory["cuda"].keys() in ({"error"}, {"system", "active", "allocated", "reserved", "inactive", "events"})


def test_a_checkpoint_is_let_go_and_loaded_again(client, app):
    assert client.post("/sdapi/v1/reload-checkpoint").json() == {}
    assert app.models.loaded is not None
    assert client.post("/sdapi/v1/unload-checkpoint").json() == {}
    assert app.models.loaded is None
    assert client.post("/sdapi/v1/reload-checkpoint").json() == {}
    assert app.models.loaded.model_name == "tiny-random"
