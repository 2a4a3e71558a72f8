"""Recorded requests of the Extras routes and of png-info, sent through our API, are answered as A1111 1.8 did."""

import base64
import io
import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.app import build_app
from modules.core.flags import Flags
from tests.golden.evidence import pixels, read_cases, read_json

CASES = read_cases("extras")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    flags = Flags(data_dir=tmp_path_factory.mktemp("extras"), use_cpu=("all",), api=True)
    return TestClient(create_server(build_app(flags)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_same_answer(case, client):
    reply = client.post(case.endpoint, json=case.request)
    recorded = json.loads((case.folder / f"{case.name}.json").read_text(encoding="utf-8"))["response"]

    assert reply.status_code == case.status, reply.text
    if case.status == 422:
        assert [problem["loc"] for problem in reply.json()["detail"]] == [p["loc"] for p in recorded["detail"]]
        return
    answer = reply.json()
    assert {key: answer[key] for key in recorded} == recorded
    sent = answer.get("images", [answer["image"]] if "image" in answer else [])
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in sent]
    assert len(pictures) == len(case.images)
    for index, (picture, wanted) in enumerate(zip(pictures, case.images, strict=True)):
        assert picture.mode == wanted["mode"]
        assert {"postprocessing": picture.info.get("postprocessing", "")} == wanted["text"]
        assert np.array_equal(pixels(picture), case.picture(index))


def test_all_cases_are_there():
    assert len(CASES) >= 6


def test_the_lists_of_models_are_those_of_the_reference_but_for_ldsr(client):
    assert client.get("/sdapi/v1/realesrgan-models").json() == read_json("api/realesrgan-models.json")
    assert client.get("/sdapi/v1/face-restorers").json() == read_json("api/face-restorers.json")
    upscalers = [entry for entry in read_json("api/upscalers.json") if entry["name"] != "LDSR"]
    client.app.state.easel.refresh_upscalers()  # the list is the process's: other tests may have changed it
    assert client.get("/sdapi/v1/upscalers").json() == upscalers
