"""Extras, face restoration and upscalers of files, through the API with the real program and a tiny checkpoint."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from torch import nn

from modules.core.registry import Registry
from modules.enhance.faces import restorers
from modules.enhance.faces.alignment import FFHQ_POINTS
from modules.enhance.faces.detection import Face
from modules.generation import faces
from tests.unit.enhance.networks import write_network

SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 7, "sampler_name": "Euler"}


def encoded(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def picture(answer):
    data = answer.json()
    return Image.open(io.BytesIO(base64.b64decode(data["image"] if "image" in data else data["images"][0])))


@pytest.fixture
def network(app):
    """A tiny upscaler among the program's models."""
    file = write_network(app.paths.models / "ESRGAN" / "4x-Tiny.pth", "RealESRGAN")
    app.refresh_upscalers()
    yield "4x-Tiny"
    file.unlink()
    app.refresh_upscalers()


def test_a_network_is_listed_and_used_by_extras_hires_and_img2img(client, network):
    assert network in [entry["name"] for entry in client.get("/sdapi/v1/upscalers").json()]
    small = encoded(Image.linear_gradient("L").resize((24, 16)).convert("RGB"))
    body = {"image": small, "upscaler_1": network, "upscaling_resize": 2}
    assert picture(client.post("/sdapi/v1/extra-single-image", json=body)).size == (48, 32)

    hires = {"enable_hr": True, "hr_upscaler": network, "hr_scale": 2, "denoising_strength": 0.5}
    larger = client.post("/sdapi/v1/txt2img", json=SMALL | hires)
    assert picture(larger).size == (128, 128)
    assert f"Hires upscaler: {network}" in picture(larger).info["parameters"]

    def img2img(**settings):
        body = SMALL | {"init_images": [small], "denoising_strength": 0.1, "override_settings": settings}
        return np.asarray(picture(client.post("/sdapi/v1/img2img", json=body)))

    assert not np.array_equal(img2img(), img2img(upscaler_for_img2img=network))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"image": "no base64"}, 400),
        ({"image": base64.b64encode(b"<svg/>").decode()}, 400),
        ({"image": None}, 422),
        ({"upscaling_resize": 100}, 422),
        ({"upscaling_resize": 0}, 422),
        ({"upscaler_1": "no such"}, 404),
        ({"resize_mode": 2}, 422),
        ({"resize_mode": 1, "upscaling_resize_w": 10**9, "upscaler_1": "Lanczos"}, 400),
        ({"codeformer_weight": 2}, 422),
    ],
    ids=str,
)
def test_bad_requests_are_told(client, body, status):
    image = {"image": encoded(Image.new("RGB", (16, 16)))} if body and "image" not in body else {}
    answer = client.post("/sdapi/v1/extra-single-image", json=image | body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_a_bad_picture_of_a_batch_is_told(client):
    files = [{"data": encoded(Image.new("RGB", (8, 8))), "name": "a"}, {"data": "x", "name": "b"}]
    assert client.post("/sdapi/v1/extra-batch-images", json={"imageList": files}).status_code == 400
    assert client.post("/sdapi/v1/extra-batch-images", json={"imageList": []}).status_code == 400


class Inverted(nn.Module):
    def forward(self, face):
        return -face


@pytest.fixture
def inverting(monkeypatch, app):
    """A restorer that turns colours round, and a face in every picture: the program's way there and back is real."""
    folder = app.paths.models / "Inverting"
    folder.mkdir(exist_ok=True)
    (folder / "x.pth").touch()
    published = restorers.FACE_RESTORERS.get("CodeFormer").remote
    mine: Registry[restorers.FaceRestorer] = Registry("face restorer")
    mine.add(
        restorers.FaceRestorer(
            "CodeFormer",
            "Inverting",
            lambda _f: None,
            "*.pth",
            published,
            lambda _p: Inverted(),
            lambda net, face, _w: net(face),
        )
    )
    monkeypatch.setattr(faces, "FACE_RESTORERS", mine)
    points = FFHQ_POINTS / 8  # it fills 64 x 64 pixels
    monkeypatch.setattr(restorers, "find_faces", lambda *_arguments: [Face((0, 0, 64, 64), points, 1.0)])


def test_faces_are_restored_said_in_the_infotext_and_kept_as_they_were(client, app, inverting):
    plain = client.post("/sdapi/v1/txt2img", json=SMALL)
    asked = {
        "restore_faces": True,
        "save_images": True,
        "override_settings": {"save_images_before_face_restoration": True},
    }
    restored = client.post("/sdapi/v1/txt2img", json=SMALL | asked)

    before, after = (np.asarray(picture(answer)).astype(int) for answer in (plain, restored))
    middle = np.abs(after[24:40, 24:40] - (255 - before[24:40, 24:40]))
    assert middle.mean() < 12, "but for what is lost by enlarging eight times and back"
    assert np.abs(after[0, 0] - before[0, 0]).max() <= 2
    assert "Seed: 7, Face restoration: CodeFormer, Size: 64x64" in picture(restored).info["parameters"]
    assert "Face restoration" not in picture(plain).info["parameters"]
    (kept,) = (app.paths.data / "outputs").rglob("*-before-face-restoration.png")
    assert np.abs(np.asarray(Image.open(kept)).astype(int) - before).max() <= 1


def test_a_setting_restores_the_faces_of_all_pictures_unless_a_request_says_otherwise(client, inverting):
    on = {"override_settings": {"face_restoration": True}}
    assert "Face restoration" in picture(client.post("/sdapi/v1/txt2img", json=SMALL | on)).info["parameters"]
    off = on | {"restore_faces": False}
    assert "Face restoration" not in picture(client.post("/sdapi/v1/txt2img", json=SMALL | off)).info["parameters"]
