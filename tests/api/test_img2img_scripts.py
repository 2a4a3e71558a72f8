"""The scripts of img2img through the API: what they make, what they refuse, and what is left when they are stopped.

Their pictures are compared with A1111's in tests/golden/test_cases.py.
"""

import base64
import io
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

SMALL = {"prompt": "a cat", "seed": 5, "steps": 1, "width": 64, "height": 64, "sampler_name": "Euler a"}
LOOPBACK, UPSCALE, POOR, MK2, ALTERNATIVE = (
    "Loopback",
    "SD upscale",
    "Poor man's outpainting",
    "Outpainting mk2",
    "img2img alternative test",
)


def encoded(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def noise(width, height):
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8))


def call(client, script, args, picture=None, **more):
    body = {**SMALL, "denoising_strength": 0.5, "init_images": [encoded(picture or noise(64, 64))]}
    return client.post("/sdapi/v1/img2img", json={**body, "script_name": script, "script_args": args, **more})


def pictures_of(reply):
    assert reply.status_code == 200, reply.text
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in reply.json()["images"]]


@pytest.mark.parametrize(
    ("script", "args", "told"),
    [
        (UPSCALE, ["", 64, "Lanczos", 2], "Tiles of 64x64 cannot overlap by 64"),
        (UPSCALE, ["", "a", "Lanczos", 2], "Tile overlap must be a whole number"),
        (UPSCALE, ["", 16, "Nonesuch", 2], "Upscaler must be one of None, Lanczos"),
        (UPSCALE, ["", 16, 99, 2], "Upscaler must be one of"),
        (UPSCALE, ["", 16, "Lanczos", 1e9], "Scale Factor must be from 1 to"),
        (LOOPBACK, [0, 0.5, "Linear", "None"], "Loops must be"),
        (LOOPBACK, [2, 0.5, "Steep", "None"], "Denoising strength curve must be one of Aggressive"),
        (LOOPBACK, [2, [], "Linear", "None"], "Final denoising strength must be a number"),
        (POOR, [8000, 4, 0, ["left"]], "Pixels to expand must be"),
        (POOR, [32, 4, 0, []], "choose at least one of left"),
        (POOR, [32, 4, 9, ["left"]], "Masked content must be one of"),
        (MK2, ["", 32, 4, ["north"], 1, 0.05], "Outpainting direction must be one of"),
        (MK2, ["", 32, 4, ["left"], "x", 0.05], "Fall-off exponent must be a number"),
        (ALTERNATIVE, ["", True, True, 3], "Original prompt must be a text"),
        (ALTERNATIVE, ["", True, True, "", "", True, 0], "Decode steps must be"),
    ],
)
def test_values_that_cannot_be_are_one_clear_sentence(client, script, args, told):
    reply = call(client, script, args)

    assert reply.status_code == 400
    assert told in reply.json()["detail"]
    assert "Traceback" not in reply.text


@pytest.mark.parametrize("script", [LOOPBACK, UPSCALE, POOR, MK2, ALTERNATIVE])
def test_without_a_picture_a_script_says_so(client, script):
    assert call(client, script, [], init_images=[]).status_code == 404


@pytest.mark.parametrize(
    ("script", "args", "size", "results"),
    [
        (UPSCALE, ["", 16.0, 2, 1.5], (64, 64), [(96, 96)]),
        (UPSCALE, ["", 16, "nearest", 1], (101, 37), [(96, 32)]),
        (UPSCALE, ["", 0, "None", 1], (37, 80), [(37, 80)]),
        (POOR, [16, 4, "original", "up"], (37, 80), [(37, 128)]),
        (POOR, [100, 0, 3, ["left"]], (64, 64), [(192, 64)]),
        (MK2, ["", 16, 4, ["up", "left"], 1, 0.05], (37, 80), [(64, 128)]),
        (MK2, ["", 150, 0, ["right"], 0, 1], (64, 64), [(256, 64)]),
        (LOOPBACK, [1, 0.2, "Lazy", "None"], (37, 80), [(64, 64)]),
        (ALTERNATIVE, ["", False, False, "[a:b:.5] AND c", None, False, 2, False, 2, 0.5, True], (37, 80), [(64, 64)]),
    ],
)
def test_sizes_of_results(client, script, args, size, results):
    pictures = pictures_of(call(client, script, args, noise(*size)))

    assert [picture.size for picture in pictures] == results
    assert "Steps: 1" in pictures[0].info["parameters"] or script == ALTERNATIVE


def test_batch_count_and_size_are_variants(client):
    counts = {"n_iter": 2, "batch_size": 2}
    upscaled = pictures_of(call(client, UPSCALE, ["", 16, "Lanczos", 1.5], **counts))
    widened = pictures_of(call(client, POOR, [32, 4, 0, ["left"]], **counts))
    grown = pictures_of(call(client, MK2, ["", 32, 4, ["left"], 1, 0.05], **counts))
    looped = pictures_of(call(client, LOOPBACK, [2, 0.5, "Linear", "None"], **counts))

    assert [picture.size for picture in upscaled] == [(96, 96)] * 2
    assert [picture.size for picture in widened] == [(128, 64)] * 4
    assert [picture.size for picture in grown] == [(256, 128), *[(128, 64)] * 4]
    assert [picture.size for picture in looped] == [(128, 64), *[(64, 64)] * 2]
    for variants in (upscaled, widened, grown[1:], looped[1:]):
        assert len({picture.tobytes() for picture in variants}) == len(variants)


def test_loops_keep_the_colours_of_the_original_if_wanted(client):
    picture = Image.new("RGB", (64, 64), "#b04020")
    wanted = {"override_settings": {"img2img_color_correction": True}}
    *_, last = pictures_of(call(client, LOOPBACK, [3, 0.9, "Linear", "None"], picture, **wanted))
    *_, free = pictures_of(call(client, LOOPBACK, [3, 0.9, "Linear", "None"], picture))

    reddish = [
        np.asarray(image).astype(int)[..., 0].mean() - np.asarray(image)[..., 2].mean() for image in (last, free)
    ]
    assert reddish[0] > reddish[1] + 20


def test_outpainting_leaves_the_middle_of_the_picture_as_it_was(client):
    picture = noise(64, 64)
    for script, args in ((POOR, [32, 1, 0, ["left", "right"]]), (MK2, ["", 32, 1, ["left", "right"], 1, 0.05])):
        (result,) = pictures_of(call(client, script, args, picture))
        kept = np.asarray(result).astype(int)[:, 32:96]

        assert result.size == (128, 64)
        assert np.abs(kept - np.asarray(picture))[:, 24:40].max() == 0
        assert np.asarray(result)[:, :16].std() > 0


def test_a_whole_picture_is_saved_and_not_its_parts(client, app):
    before = set(app.paths.data.rglob("*.png"))
    for script, args in ((UPSCALE, ["", 16, "Lanczos", 1.5]), (MK2, ["", 32, 4, ["left", "up"], 1, 0.05])):
        reply = call(client, script, args, save_images=True)
        assert reply.status_code == 200
    saved = [Image.open(path) for path in set(app.paths.data.rglob("*.png")) - before]

    assert sorted(picture.size for picture in saved) == [(96, 96), (128, 128)]
    assert all("Seed: 5" in picture.info["parameters"] for picture in saved)


def test_an_interrupted_script_returns_what_is_done(client):
    """Tiles that were not painted are those of the enlarged picture."""
    replies = []
    picture = noise(128, 128)
    thread = threading.Thread(
        target=lambda: replies.append(call(client, UPSCALE, ["", 0, "None", 1], picture, steps=25, seed=6))
    )
    thread.start()
    for _ in range(600):
        if client.get("/sdapi/v1/progress").json()["state"]["job_no"] >= 1:
            break
        time.sleep(0.05)
    client.post("/sdapi/v1/interrupt")
    thread.join()
    (result,) = pictures_of(replies[0])
    changed = np.abs(np.asarray(result).astype(int) - np.asarray(picture)).max(axis=2) > 0

    assert result.size == (128, 128)
    assert changed[:64, :64].mean() > 0.9
    assert changed[64:, 64:].mean() == 0


def test_the_noise_of_a_picture_gives_the_picture_back(client):
    """img2img alternative with the same prompt: nearer to the VAE's own copy than the seeds' noise ever gets."""
    picture = Image.new("RGB", (64, 64), "#806040")
    ImageDraw.Draw(picture).ellipse((16, 16, 48, 48), fill="#3050c0")
    request = {"steps": 30, "cfg_scale": 1, "prompt": "", "sampler_name": "Euler"}
    (copy,) = pictures_of(call(client, None, [], picture, **{**request, "denoising_strength": 0}))
    values = ["", True, True, "", "", True, 30, True, 1, 0, True]
    (found,) = pictures_of(call(client, ALTERNATIVE, values, picture, **request))
    values[9] = 1
    (random,) = pictures_of(call(client, ALTERNATIVE, values, picture, **request))

    def distance(other):
        return np.abs(np.asarray(other).astype(int) - np.asarray(copy)).mean()

    assert distance(found) < distance(random) / 3


@pytest.mark.parametrize("sampler", ["Euler a", "DDIM"])
def test_soft_inpainting_keeps_what_is_far_from_the_mask(client, sampler):
    picture, mask = noise(128, 128), Image.new("L", (128, 128))
    ImageDraw.Draw(mask).rectangle((80, 0, 128, 128), fill=255)
    body = {
        **SMALL, "width": 128, "height": 128, "init_images": [encoded(picture)], "mask": encoded(mask), "mask_blur": 8,
        "inpainting_fill": 1, "inpaint_full_res": False, "steps": 2, "sampler_name": sampler,
        "alwayson_scripts": {"soft inpainting": {"args": [True]}},
    }  # fmt: skip
    reply = client.post("/sdapi/v1/img2img", json=body)
    (result,) = pictures_of(reply)
    changed = np.abs(np.asarray(result).astype(int) - np.asarray(picture)).max(axis=2)

    assert changed[:, :16].max() == 0
    assert changed[:, 112:].mean() > 10
    assert "Soft inpainting preservation strength: 0.5" in json.loads(reply.json()["info"])["infotexts"][0]
