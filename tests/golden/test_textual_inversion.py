"""Recorded requests with textual inversions give A1111's pictures, TI hashes included."""

import base64
import dataclasses
import io
import json
import shutil

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.app import build_app
from modules.core.flags import Flags
from modules.imaging.infotext import parse_infotext
from tests.golden.evidence import COMMITTED, EVIDENCE, assert_same_picture, read_cases

FILES = ("tiny-emb.pt", "tiny-emb2.safetensors", "tinyneg.safetensors")
CASES = [case for case in read_cases("networks") if case.name.startswith("ti-")]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data, embeddings = tmp_path_factory.mktemp("golden"), tmp_path_factory.mktemp("elsewhere") / "deep"
    embeddings.mkdir()
    for name in FILES:
        shutil.copy(EVIDENCE / "networks" / name, embeddings)
    flags = dataclasses.replace(
        Flags(),
        data_dir=data,
        embeddings_dir=embeddings.parent,
        ckpt=EVIDENCE / "tiny-random.safetensors",
        use_cpu=("all",),
        api=True,
    )
    return TestClient(create_server(build_app(flags)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_same_picture(case, client):
    reply = client.post(case.endpoint, json=case.request)

    picture = Image.open(io.BytesIO(base64.b64decode(reply.json()["images"][0])))
    assert_same_picture(picture, case.picture(0))
    recorded = parse_infotext(case.images[0]["text"]["parameters"])
    assert parse_infotext(picture.info["parameters"])["TI hashes"] == recorded["TI hashes"]
    info = json.loads(reply.json()["info"])
    assert info["extra_generation_params"]["TI hashes"] == case.info["extra_generation_params"]["TI hashes"]


def test_the_list_is_that_of_a1111(client):
    recorded = json.loads((COMMITTED.parent / "api" / "a1111_embeddings.json").read_text(encoding="utf-8"))
    assert client.get("/sdapi/v1/embeddings").json() == recorded


def test_without_the_files_it_is_another_picture(client, tmp_path):
    """So that the comparisons above say something."""
    case = next(case for case in CASES if case.name == "ti-pt")
    reply = client.post(case.endpoint, json={**case.request, "prompt": "a photo of tiny emb in snow"})

    picture = Image.open(io.BytesIO(base64.b64decode(reply.json()["images"][0])))
    with pytest.raises(AssertionError):
        assert_same_picture(picture, case.picture(0))
    assert "TI hashes" not in parse_infotext(picture.info["parameters"])


def test_all_recorded_cases_are_compared():
    assert len(CASES) == 4
