"""`/sdapi/v1/options`: every setting of A1111, checked as a whole before anything is changed."""

import json
from pathlib import Path

import pytest

from modules.core.options import OPTIONS
from modules.server.settings import declare_settings

A1111 = json.loads((Path(__file__).parents[1] / "data" / "api" / "a1111_settings.json").read_text(encoding="utf-8"))


declare_settings()  # as at the start of the program


def told_by(client):
    return client.get("/sdapi/v1/options").json()


def test_all_settings_of_a1111_are_told_with_its_values(make_client):
    told = told_by(make_client())
    assert A1111.keys() - told.keys() == set()
    ours = {"live_preview_refresh_period", "upscaler_for_img2img", "sd_model_checkpoint", "sd_checkpoint_hash"}
    ours.add("extra_networks_tree_view_default_enabled")  # as in 1.9
    places = {key for key in told if key.startswith("outdir_")}
    same = {key: row["default"] for key, row in A1111.items() if row["label"] and key not in ours | places}
    assert {key: told[key] for key in same} == same


def test_what_was_read_can_be_sent_back(make_client):
    client = make_client()
    before = told_by(client)
    answer = client.post("/sdapi/v1/options", json={**before, "CLIP_stop_at_last_layers": 2})
    assert (answer.status_code, answer.json()) == (200, None)
    assert told_by(client) == {**before, "CLIP_stop_at_last_layers": 2}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("samples_save", "yes", "Setting samples_save takes true or false, not 'yes'."),
        ("img_max_size_mp", "big", "Setting img_max_size_mp takes a whole number, not 'big'."),
        ("eta_ancestral", [], "Setting eta_ancestral takes a number, not []."),
        ("samples_format", {"a": 1}, "Setting samples_format takes text, not {'a': 1}."),
        ("hide_samplers", "Euler", "Setting hide_samplers takes a list, not 'Euler'."),
        ("randn_source", "TPU", "Setting randn_source must be one of GPU, CPU, NV, not 'TPU'."),
        ("lora_hide_unknown_for_versions", ["SD1", "SD9"], "must be one of SD1, SD2, SDXL, not 'SD9'."),
    ],
)
def test_one_bad_value_is_one_sentence_and_nothing_is_changed(client, key, value, sentence):
    before = told_by(client)
    answer = client.post("/sdapi/v1/options", json={"n_rows": 5, key: value})
    assert answer.status_code == 400 and answer.json()["detail"].endswith(sentence)
    assert told_by(client) == before


def test_half_a_character_in_a_setting_is_no_trouble(make_client):
    client = make_client()
    body = b'{"samples_filename_pattern": "\\ud800[seed]"}'
    assert (
        client.post("/sdapi/v1/options", content=body, headers={"Content-Type": "application/json"}).status_code < 500
    )
    assert client.get("/sdapi/v1/options").status_code == 200


def test_an_a1111_settings_file_is_taken_over_unchanged(make_client, tmp_path):
    kept = {key: row["default"] for key, row in A1111.items()} | {"civitai_api_key": "SECRET", "an_extension": {"a": 1}}
    changed = {"CLIP_stop_at_last_layers": 2, "grid_format": "jpg", "quicksettings": "sd_model_checkpoint, sd_vae"}
    del kept["quicksettings_list"]
    (tmp_path / "config.json").write_text(json.dumps(kept | changed))
    client = make_client()
    told = told_by(client)
    assert told["quicksettings_list"] == ["sd_model_checkpoint", "sd_vae"]
    assert (told["CLIP_stop_at_last_layers"], told["grid_format"]) == (2, "jpg")
    client.post("/sdapi/v1/options", json={"n_rows": 2})
    written = json.loads((tmp_path / "config.json").read_text())
    assert written.items() >= (kept | changed | {"n_rows": 2}).items()
    assert "SECRET" not in client.get("/internal/sysinfo").text


@pytest.mark.parametrize(
    "flags",
    [
        {"freeze_settings": True},
        {"freeze_settings_in_sections": "sd, saving-images"},
        {"freeze_specific_settings": "tiling,n_rows"},
    ],
)
def test_frozen_settings_stay_whatever_comes_with_them(make_client, flags):
    client = make_client(**flags)
    before = told_by(client)
    answer = client.post("/sdapi/v1/options", json={"eta_noise_seed_delta": 1, "n_rows": 2})
    assert answer.status_code == 400 and "frozen" in answer.json()["detail"]
    assert told_by(client) == before


def test_secrets_of_the_command_line_are_in_no_file(make_client, tmp_path):
    client = make_client(gradio_auth="me:hunter2", api_auth="me:hunter2", ngrok="hunter2")
    client.auth = ("me", "hunter2")
    assert client.post("/sdapi/v1/options", json={"tiling": True}).status_code == 200
    assert "hunter2" not in (tmp_path / "config.json").read_text()
    assert "hunter2" not in client.get("/internal/sysinfo").text
    assert all("hunter2" not in str(option) for option in OPTIONS)
