"""Textual inversions, styles and the converter over the API."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient

from modules.api.server import create_server
from modules.app.app import build_app
from modules.core.flags import Flags
from modules.imaging.infotext import parse_infotext

DATA = Path(__file__).parents[1] / "data"
GOLDEN = DATA / "golden"
SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("program")
    (data / "embeddings").mkdir()
    for file in (GOLDEN / "networks").glob("tiny[-n]e*"):
        shutil.copy(file, data / "embeddings")
    shutil.copy(GOLDEN / "styles.csv", data)
    checkpoint = GOLDEN / "tiny-random.safetensors"
    return build_app(dataclasses.replace(Flags(), data_dir=data, ckpt=checkpoint, use_cpu=("all",), api=True))


@pytest.fixture(scope="module")
def client(app):
    return TestClient(create_server(app), raise_server_exceptions=False)


@pytest.fixture
def draw(client):
    def draw(**fields):
        reply = client.post("/sdapi/v1/txt2img", json={**SMALL, **fields})
        assert reply.status_code == 200, reply.text
        return json.loads(reply.json()["info"])

    return draw


def written(info):
    return parse_infotext(info["infotexts"][0])


def test_embeddings_before_and_after_a_checkpoint_is_loaded(client, app, draw):
    torch.save({"x": torch.ones(1, 768)}, app.paths.embeddings_dir / "wide.bin")
    (app.paths.embeddings_dir / "broken.pt").write_bytes(b"no")
    (app.paths.embeddings_dir / "tinyneg.bin").write_bytes(b"")
    if app.token_widths is None:
        assert "wide" in client.get("/sdapi/v1/embeddings").json()["loaded"]
    draw()

    found = client.get("/sdapi/v1/embeddings").json()

    assert found["loaded"] == json.loads((DATA / "api" / "a1111_embeddings.json").read_text())["loaded"]
    assert set(found["skipped"]) == {"wide", "broken", "tinyneg.bin"}
    assert found["skipped"]["wide"]["shape"] == 768
    assert "another kind of model" in found["skipped"]["wide"]["reason"]
    assert (found["skipped"]["broken"]["shape"], found["skipped"]["broken"]["vectors"]) == (0, 0)
    assert "damaged" in found["skipped"]["broken"]["reason"]


def test_embeddings_are_read_again_when_asked_to(client, app):
    before = app.embedding_list()
    answer = client.post("/sdapi/v1/refresh-embeddings")
    assert (answer.status_code, answer.json()) == (200, None)
    assert app.embedding_list().loaded[0] is not before.loaded[0]


def test_a_new_embedding_is_used_at_once(app, draw):
    plain = draw(prompt="a newword cat")
    assert "TI hashes" not in written(plain)
    shutil.copy(app.paths.embeddings_dir / "tiny-emb.pt", app.paths.embeddings_dir / "newword.pt")
    assert written(draw(prompt="a newword cat"))["TI hashes"] == "newword: 1a3bbcaf5c61"
    (app.paths.embeddings_dir / "newword.pt").unlink()
    assert "TI hashes" not in written(draw(prompt="a newword cat"))


def test_hashes_of_all_prompts_are_written_once_each(draw):
    info = draw(
        prompt="tiny-emb AND [cat:tiny-emb2:1], tiny-emb",
        negative_prompt="tinyneg, tiny-emb",
        enable_hr=True,
        hr_scale=1.5,
        hr_upscaler="Latent",
        denoising_strength=0.7,
    )
    assert written(info)["TI hashes"] == "tiny-emb: 1a3bbcaf5c61, tiny-emb2: 969014825e00, tinyneg: 95af454cc072"


def test_embeddings_of_hires_prompts_are_written(draw):
    info = draw(enable_hr=True, hr_upscaler="Latent", hr_prompt="tiny-emb cat", hr_negative_prompt="tinyneg")
    assert written(info)["TI hashes"] == "tiny-emb: 1a3bbcaf5c61, tinyneg: 95af454cc072"


def test_hashes_can_be_left_out(draw):
    info = draw(prompt="tiny-emb", override_settings={"textual_inversion_add_hashes_to_infotext": False})
    assert "TI hashes" not in written(info)


def test_styles_are_listed_as_by_a1111(client):
    recorded = json.loads((DATA / "api" / "a1111_prompt_styles.json").read_text())
    assert client.get("/sdapi/v1/prompt-styles").json() == recorded


def test_styles_reach_prompts_infotext_and_file_name(app, draw):
    info = draw(
        styles=["Multi", "nobody", "Wrap style"],
        negative_prompt="blur",
        save_images=True,
        override_settings={"samples_filename_pattern": "[styles] [prompt_no_styles]"},
    )

    assert info["prompt"] == 'a painting of a cat, line, with "quotes", in oil'
    assert info["negative_prompt"] == "x, blur, y"
    assert info["all_prompts"] == [info["prompt"]]
    assert info["styles"] == ["Multi", "nobody", "Wrap style"]
    assert written(info)["Prompt"] == info["prompt"]
    (saved,) = (app.paths.data / "outputs").rglob("*.png")
    assert saved.stem.endswith("Multi, nobody, Wrap style a cat")


def test_styles_reach_the_prompts_of_the_second_pass(draw):
    info = draw(styles=["Wrap style"], enable_hr=True, hr_upscaler="Latent", hr_prompt="a dog")
    assert written(info)["Hires prompt"] == "a painting of a dog, in oil"


def test_a_new_style_is_there_at_once(client, app):
    with (app.paths.data / "styles.csv").open("a", encoding="utf-8") as file:
        file.write("Neu,ö,\n")
    assert {"name": "Neu", "prompt": "ö", "negative_prompt": ""} in client.get("/sdapi/v1/prompt-styles").json()


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"prompt": 5}, 422), ({"prompt": "x" * 50_001}, 422)])
def test_a_wrong_prompt_to_convert_is_told(client, body, status):
    assert client.post("/sdapi/v1/convert-prompt", json=body).status_code == status


def test_a_prompt_is_converted(client):
    answer = client.post("/sdapi/v1/convert-prompt", json={"prompt": "cat.swap(dog) [blue+]"})
    assert answer.json()["prompt"] == "[cat:dog:0.2]"
    assert answer.json()["negative_prompt"] == "(blue:1.1)"
    assert len(answer.json()["notes"]) == 2


def test_a_prompt_that_cannot_be_converted_is_told(client):
    answer = client.post("/sdapi/v1/convert-prompt", json={"prompt": "(" * 200})
    assert (answer.status_code, answer.json()["error"]) == (400, "InputError")
