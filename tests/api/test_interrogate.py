"""The route that describes a picture in words."""

import base64
import io
import json
import shutil

import pytest
from PIL import Image

from tests.unit.enhance.tiny_describers import WORDS, save_blip


@pytest.fixture
def picture():
    buffer = io.BytesIO()
    Image.radial_gradient("L").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def require_blip(app):
    if not (app.paths.models / "BLIP").exists():
        save_blip(app.paths.models / "BLIP" / "tiny")
    app.set_options({"interrogate_clip_min_length": 4, "interrogate_clip_max_length": 8})


def test_without_weights_a_sentence_says_which_to_put_where(client, app, picture):
    shutil.rmtree(app.paths.models / "BLIP", ignore_errors=True)
    reply = client.post("/sdapi/v1/interrogate", json={"image": picture})
    assert reply.status_code == 422
    assert "blip-image-captioning-base" in reply.json()["errors"]


def test_a_picture_is_described(client, app, picture):
    require_blip(app)
    reply = client.post("/sdapi/v1/interrogate", json={"image": f"data:image/png;base64,{picture}", "model": "clip"})
    assert reply.status_code == 200, reply.text
    caption = reply.json()["caption"]
    assert caption and set(caption.split()) <= set(WORDS)
    assert client.post("/sdapi/v1/interrogate", json={"image": picture}).json() == {"caption": caption}


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"image": None}, 404, "Image not found"),
        ({}, 404, "Image not found"),
        ({"image": "aGFsbG8=", "model": "other"}, 404, "Model not found"),
        ({"image": "aGFsbG8=", "model": "deepdanbooru"}, 400, "DeepBooru tags are not there yet"),
        ({"image": "aGFsbG8="}, 400, "Invalid encoded image"),
        ({"image": ["?"]}, 422, ""),
    ],
)
def test_what_cannot_be_done_is_told(client, body, status, told):
    reply = client.post("/sdapi/v1/interrogate", json=body)
    assert reply.status_code == status, reply.text
    assert told in reply.json().get("errors", "")


def test_loopback_appends_each_picture_in_words(client, app, picture):
    require_blip(app)
    body = {"init_images": [picture], "prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1}
    loops = {"script_name": "loopback", "script_args": [2, 0.9, "Linear", "CLIP"]}
    reply = client.post("/sdapi/v1/img2img", json={**body, **loops})
    assert reply.status_code == 200, reply.text
    texts = json.loads(reply.json()["info"])["infotexts"][1:]
    prompts = [text.split("\n")[0] for text in texts]
    assert len(prompts) == 2
    words = client.post("/sdapi/v1/interrogate", json={"image": picture}).json()["caption"]
    assert prompts[0] == f"a cat, {words}"
    assert prompts[1].startswith("a cat, ") and set(prompts[1].removeprefix("a cat, ").split()) <= set(WORDS)
