"""Operations of the Extras tab on the pictures of txt2img and img2img, as a setting chooses them."""

import base64
import io

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.current import set_current
from tests.api.conftest import make_app

SMALL = {"prompt": "a cat", "seed": 1, "steps": 1, "width": 64, "height": 64, "save_images": True}


@pytest.fixture(scope="module")
def chosen_app(tmp_path_factory):
    app = make_app(tmp_path_factory.mktemp("postprocessing"))
    app.set_options(
        {
            "postprocessing_enable_in_main_ui": ["Simple Upscale", "Upscale", "Create flipped copies"],
            "postprocessing_operation_order": ["Create flipped copies"],
        }
    )
    return app


@pytest.fixture
def client(chosen_app):
    set_current(chosen_app)
    return TestClient(create_server(chosen_app), raise_server_exceptions=False)


def picture_of(reply):
    assert reply.status_code == 200, reply.text
    return Image.open(io.BytesIO(base64.b64decode(reply.json()["images"][0])))


def test_a_picture_goes_through_the_chosen_operations_before_it_is_saved(client, chosen_app):
    scripts = {"simple upscale": {"args": [True, "Nearest", 1.5]}, "upscale": {"args": [True, True, 4, 0, 128, 64]}}
    scripts["upscale"]["args"] += [True, "Lanczos", "None", 0]
    plain = picture_of(client.post("/sdapi/v1/txt2img", json=SMALL))
    enlarged = picture_of(client.post("/sdapi/v1/txt2img", json={**SMALL, "alwayson_scripts": scripts}))

    assert plain.size == (64, 64)
    assert enlarged.size == (128, 64)
    told = enlarged.info["parameters"]
    assert "Simple Upscale by: 1.5, Simple Upscale upscaler: Nearest, Postprocess upscale to: 128x64" in told
    assert "Postprocess" not in plain.info["parameters"]
    saved = [Image.open(path).size for path in sorted((chosen_app.paths.data / "outputs").rglob("*.png"))]
    assert saved == [(64, 64), (128, 64)]


def test_operations_are_there_in_the_order_of_the_settings(client):
    for tab in ("txt2img", "img2img"):
        names = client.get("/sdapi/v1/scripts").json()[tab]
        there = [name for name in names if name in ("create flipped copies", "simple upscale", "upscale", "gfpgan")]
        assert there == ["create flipped copies", "simple upscale", "upscale"]


def test_a_wrong_value_is_told_and_the_picture_is_kept(client, caplog):
    scripts = {"simple upscale": {"args": [True, "No such upscaler", 2]}}
    reply = client.post("/sdapi/v1/txt2img", json={**SMALL, "alwayson_scripts": scripts})
    assert picture_of(reply).size == (64, 64)
    assert "Upscaler not found" in caplog.text
