"""A picture is the same alone and in a batch, wherever it stands in it, with every sampler."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.app import build_app
from modules.core.flags import Flags
from modules.engine.sampling.registry import SAMPLERS
from tests.golden.evidence import EVIDENCE, pixels

SEED = 400
LARGEST_DIFFERENCE = 1
"""Of 255: adding up in another order, as a larger batch may, moves a value over the edge of rounding."""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    flags = dataclasses.replace(
        Flags(),
        data_dir=tmp_path_factory.mktemp("batches"),
        ckpt=EVIDENCE / "tiny-random.safetensors",
        use_cpu=("all",),
    )
    return TestClient(create_server(build_app(dataclasses.replace(flags, api=True))))


def pictures(client, sampler, seed, batch_size):
    request = {
        "prompt": "a photo of a [cat:dog:0.5], detailed",
        "negative_prompt": "blurry",
        "sampler_name": sampler.name,
        "scheduler": "Automatic",
        "steps": 6,
        "width": 64,
        "height": 64,
        "seed": seed,
        "batch_size": batch_size,
    }
    reply = client.post("/sdapi/v1/txt2img", json=request)
    assert reply.status_code == 200, reply.text
    images = [Image.open(io.BytesIO(base64.b64decode(data))) for data in reply.json()["images"]]
    return [pixels(image) for image in (images[1:] if len(images) > batch_size else images)]


@pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)
def test_a_picture_does_not_know_its_neighbours(client, sampler):
    [alone] = pictures(client, sampler, SEED + 2, 1)
    last, first = pictures(client, sampler, SEED + 1, 2)[1], pictures(client, sampler, SEED + 2, 2)[0]
    batches = [last, first]
    if not sampler.image_by_image:  # slow, and two say as much as four
        four = pictures(client, sampler, SEED, 4)
        batches.append(four[2])
        assert all(np.abs(four[i] - four[j]).mean() > 1 for i in range(4) for j in range(i))

    for picture in batches:
        assert np.abs(picture - alone).max() <= LARGEST_DIFFERENCE
