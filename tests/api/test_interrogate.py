"""The route that describes a picture in words."""

import base64
import io

import pytest
from PIL import Image

from tests.unit.enhance.tiny_describers import WORDS, save_blip


@pytest.fixture
def picture():
    buffer = io.BytesIO()
    Image.radial_gradient("L").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_without_weights_a_sentence_says_which_to_put_where(client, picture):
    reply = client.post("/sdapi/v1/interrogate", json={"image": picture})
    assert reply.status_code == 422
    assert "blip-image-captioning-base" in reply.json()["errors"]


def test_a_picture_is_described(client, app, picture):
    save_blip(app.paths.models / "BLIP" / "tiny")
    app.set_options({"interrogate_clip_min_length": 4, "interrogate_clip_max_length": 8})
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
