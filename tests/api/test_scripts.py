"""Scripts as API clients find and call them."""

import base64
import io
import json

import pytest
from PIL import Image

from tests.golden.evidence import EVIDENCE

RECORDED = EVIDENCE / "api" / "script-info.json"
SMALL = {"prompt": "a cat|red", "seed": 1, "steps": 1, "width": 64, "height": 64, "sampler_name": "Euler a"}


def test_scripts_are_listed_with_what_they_take(client):
    names = client.get("/sdapi/v1/scripts").json()
    listed = client.get("/sdapi/v1/script-info").json()

    for tab, is_img2img in (("txt2img", False), ("img2img", True)):
        of_tab = [script["name"] for script in listed if script["is_img2img"] is is_img2img]
        assert of_tab == names[tab][: len(of_tab)]
        assert {"prompt matrix", "x/y/z plot", "prompts from file or textbox"} <= set(of_tab)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded list is not in this copy")
def test_scripts_take_the_values_of_a1111_in_its_order(client):
    ours = {(s["name"], s["is_img2img"]): s["args"] for s in client.get("/sdapi/v1/script-info").json()}
    recorded = json.loads(RECORDED.read_text())
    compared = 0
    for script in recorded:
        args = ours.get((script["name"], script["is_img2img"]))
        if args is None:
            continue
        compared += 1
        labels = [arg["label"] for arg in script["args"]]
        assert [arg["label"] for arg in args] == labels, script["name"]
        for mine, theirs in zip(args, script["args"], strict=True):
            same = ("minimum", "maximum", "step") if theirs["minimum"] is not None else ()
            assert {key: mine[key] for key in same} == {key: theirs[key] for key in same}, (script["name"], mine)
    assert compared >= 6


def test_a_script_of_the_menu_runs_with_its_own_start_values(client):
    reply = client.post("/sdapi/v1/txt2img", json={**SMALL, "script_name": "Prompt Matrix"})

    assert reply.status_code == 200, reply.text
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in reply.json()["images"]]
    info = json.loads(reply.json()["info"])
    assert len(pictures) == 3
    assert info["index_of_first_image"] == 1
    assert info["all_prompts"] == ["a cat", "a cat, red"]


def test_the_reply_tells_what_went_wrong_in_scripts_that_are_always_there(client, app, monkeypatch):
    runner = app.script_runner("img2img")
    soft = runner.script("Soft inpainting")

    def fail(*_args, **_kwargs):
        raise ValueError("no such mask")

    monkeypatch.setattr(soft, "process", fail, raising=False)
    picture = base64.b64encode(client_picture()).decode()
    body = {**SMALL, "init_images": [picture], "denoising_strength": 0.9}
    info = json.loads(client.post("/sdapi/v1/img2img", json=body).json()["info"])
    monkeypatch.undo()
    quiet = json.loads(client.post("/sdapi/v1/img2img", json=body).json()["info"])

    assert info["comments"] == [
        "The script Soft inpainting failed at process and was passed over: ValueError: no such mask"
    ]
    assert "comments" not in quiet


def client_picture():
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("scripts", "told"),
    [
        ({"script_name": "prompt matrix", "script_args": [False] * 20}, "takes 5 values, not 20"),
        ({"alwayson_scripts": {"prompt matrix": {"args": []}}}, "entry of the menu"),
        ({"alwayson_scripts": {"nobody": {"args": 3}}}, "needs its values as"),
        ({"alwayson_scripts": {"nobody": {}}}, "Script 'nobody' not found"),
    ],
)
def test_calls_that_cannot_be_are_422_with_one_sentence(client, scripts, told):
    reply = client.post("/sdapi/v1/txt2img", json={**SMALL, **scripts})

    assert reply.status_code == 422
    assert told in reply.text
