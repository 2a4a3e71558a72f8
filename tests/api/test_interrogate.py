"""The route that describes a picture in words."""

import base64
import io
import json
import shutil

import pytest
from PIL import Image

from tests.unit.enhance.tiny_describers import WORDS, save_blip
from tests.unit.enhance.tiny_taggers import save_onnx_tagger


@pytest.fixture
def picture():
    return base64_of(Image.radial_gradient("L"))


def base64_of(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
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


def test_a_picture_is_tagged_as_soon_as_there_is_a_tagger(client, app):
    folder = app.paths.models / "torch_deepdanbooru"
    shutil.rmtree(folder, ignore_errors=True)
    body = {"image": base64_of(Image.new("RGB", (40, 20), "red")), "model": "deepdanbooru"}
    without = client.post("/sdapi/v1/interrogate", json=body)
    assert without.status_code == 422
    assert "put A1111's model-resnet_custom_v3.pt" in without.json()["errors"]

    save_onnx_tagger(folder)
    app.set_options({"deepbooru_use_spaces": False, "deepbooru_filter_tags": "o_o"})
    assert client.post("/sdapi/v1/interrogate", json=body).json() == {"caption": "very_red"}


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"image": None}, 404, "Image not found"),
        ({}, 404, "Image not found"),
        ({"image": "aGFsbG8=", "model": "other"}, 404, "Model not found"),
        ({"image": "aGFsbG8=", "model": "deepdanbooru"}, 400, "Invalid encoded image"),
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


def test_loopback_appends_each_pictures_tags(client, app, picture):
    save_onnx_tagger(app.paths.models / "torch_deepdanbooru")
    body = {"init_images": [picture], "prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1}
    loops = {"script_name": "loopback", "script_args": [1, 0.9, "Linear", "DeepBooru"]}
    reply = client.post("/sdapi/v1/img2img", json={**body, **loops})
    assert reply.status_code == 200, reply.text
    tags = client.post("/sdapi/v1/interrogate", json={"image": picture, "model": "deepdanbooru"}).json()["caption"]
    assert tags
    assert json.loads(reply.json()["info"])["infotexts"][-1].startswith(f"a cat, {tags}\n")
