"""Mistakes of the caller get one clear sentence and a 4xx status, and the server goes on."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.api.schemas import Txt2ImgBody

SMALL = {"prompt": "a cat", "steps": 1, "width": 64, "height": 64, "seed": 7}
URL = "/sdapi/v1/txt2img"

MISTAKES = [
    ({"width": 7}, 400, "Width"),
    ({"height": 10**9}, 400, "Height"),
    ({"steps": 0}, 400, "steps"),
    ({"steps": -5}, 400, "steps"),
    ({"steps": 10**30}, 400, "number"),
    ({"batch_size": 0}, 400, "Batch size"),
    ({"n_iter": 10**6}, 400, "Batch count"),
    ({"cfg_scale": -1}, 400, "CFG scale"),
    ({"subseed_strength": 2}, 400, "Variation strength"),
    ({"prompt": "x" * 100_000}, 400, "100,000 characters"),
    ({"negative_prompt": "x" * 10_000_000}, 400, "10,000,000 characters"),
    ({"sampler_name": "Oiler"}, 404, "Sampler not found"),
    ({"sampler_name": "k_euler_a"}, 404, "Sampler not found"),
    ({"scheduler": "karas"}, 404, "Schedule"),
    ({"override_settings": {"CLIP_stop_at_last_layers": "two"}}, 400, "CLIP_stop_at_last_layers"),
    ({"override_settings": {"randn_source": "dice"}}, 400, "randn_source"),
    ({"comments": [[[[[[[[[[]]]]]]]]]]}, 422, "comments"),
    ({"steps": "many"}, 422, "steps"),
    ({"steps": 1.5}, 422, "steps"),
    ({"steps": [1]}, 422, "steps"),
    ({"prompt": {"text": "cat"}}, 422, "prompt"),
    ({"styles": "anime"}, 422, "styles"),
    ({"override_settings": []}, 422, "override_settings"),
    ({"alwayson_scripts": []}, 422, "alwayson_scripts"),
    ({"infotext": "x" * 300_000}, 400, "infotext"),
    ({"enable_hr": True, "hr_upscaler": "Lanczoss"}, 404, "Did you mean"),
    ({"enable_hr": True, "hr_scale": 100}, 400, "Upscale by"),
    ({"enable_hr": True, "hr_scale": 0.1}, 400, "6x6"),
    ({"enable_hr": True, "height": 128, "hr_resize_x": 4096}, 400, "4096x8192"),
    ({"enable_hr": True, "denoising_strength": 2}, 400, "Denoising strength"),
    ({"enable_hr": True, "hr_sampler_name": "Oiler"}, 404, "Sampler not found"),
    ({"enable_hr": True, "hr_checkpoint_name": "missing"}, 404, "missing"),
    ({"enable_hr": True, "hr_prompt": "x" * 100_000}, 400, "hires prompt"),
    ({"enable_hr": True, "firstpass_image": "no picture"}, 400, "Invalid encoded image"),
    ({"refiner_checkpoint": "missing", "refiner_switch_at": 0.5}, 404, "missing"),
    ({"refiner_checkpoint": "tiny-random", "refiner_switch_at": 5}, 400, "Refiner switch at"),
]


@pytest.mark.parametrize(("fields", "status", "word"), MISTAKES, ids=lambda value: str(value)[:50])
def test_a_wrong_field_is_told(client, fields, status, word):
    answer = client.post(URL, json={**SMALL, **fields})

    assert (answer.status_code, word in answer.text) == (status, True), answer.text[:500]
    assert len(answer.text) < 1000
    if status != 422:
        body = answer.json()
        assert body.keys() == {"error", "detail", "body", "errors"}
        assert body["detail"].rstrip()[-1] in ".?"


BODIES = {
    "NaN": (b'{"cfg_scale": NaN}', 400, "NaN is no number"),
    "-Infinity": (b'{"cfg_scale": -Infinity}', 400, "-Infinity is no number"),
    "1e999": (b'{"cfg_scale": 1e999}', 400, "too large"),
    "5000 digits": (b'{"seed": ' + b"9" * 5000 + b"}", 400, "too large"),
    "half a surrogate pair": (b'{"prompt": "\\ud800"}', 400, "surrogate"),
    "half a pair as key": (b'{"override_settings": {"\\udfff": 1}}', 400, "surrogate"),
    "nested": (b'{"script_args": ' + b"[" * 500 + b"]" * 500 + b"}", 400, "nested"),
    "nested without end": (b"[" * 200_000, 400, "nested"),
    "not UTF-8": (b'{"prompt": "\xff\xfe"}', 400, "UTF-8"),
    "cut short": (b'{"prompt": "a', 422, "JSON decode error"),
    "empty": (b"", 422, "required"),
    "a list": (b"[1, 2]", 422, "dictionary"),
    "null": (b"null", 422, "dictionary"),
}


@pytest.mark.parametrize(("body", "status", "words"), BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("route", [URL, "/sdapi/v1/options", "/internal/progress"])
def test_a_malformed_body_is_told(client, route, body, status, words):
    answer = client.post(route, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status, answer.text[:500]
    assert words in answer.text or status == 422
    assert len(answer.text) < 1000


def test_a_body_without_its_content_type_is_told_what_is_missing(client):
    answer = client.post(URL, content=b'{"prompt": "a cat"}')

    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.text


def test_a_body_that_is_too_large_is_refused_unread(client, monkeypatch):
    monkeypatch.setattr("modules.api.body.LARGEST_BODY", 1_000_000)
    headers = {"Content-Type": "application/json"}

    announced = client.post(URL, content=b" " * 1_000_001, headers=headers)
    streamed = client.post(URL, content=(b" " * 1000 for _ in range(1001)), headers=headers)

    assert announced.status_code == streamed.status_code == 413
    assert "larger than" in announced.json()["detail"]


NO_IMAGES = {
    "empty": "",
    "text": base64.b64encode(b"hello").decode(),
    "no base64": "a",
    "unicode": "ångström ✨",
    "cut png": base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR").decode(),
    "svg": "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode(),
    "eps": base64.b64encode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n").decode(),
}


@pytest.mark.parametrize("text", NO_IMAGES.values(), ids=NO_IMAGES.keys())
def test_what_is_no_picture_is_told(client, text):
    answer = client.post("/sdapi/v1/png-info", json={"image": text})

    assert answer.status_code == 400
    assert answer.json()["error"] == "InputError"
    assert answer.json()["detail"].startswith("Invalid encoded image:")


odd_numbers = st.sampled_from(
    [0, -1, 1, 2, 7, 8, 64, 65, 1.5, -0.0, 2**31, 2**63, 2**64, -(2**63) - 1, 1e300, "3", "", True]
)
odd_values = st.one_of(odd_numbers, st.none(), st.text(max_size=20), st.lists(odd_numbers, max_size=2), st.just({}))
odd_bodies = st.dictionaries(st.sampled_from(sorted(Txt2ImgBody.model_fields)), odd_values, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(fields=odd_bodies)
def test_no_request_brings_out_a_bug(client, app, fields):
    """Whatever is asked for is made or refused; nothing costly is valid among these values."""
    answer = client.post(URL, json={**SMALL, **fields})

    assert answer.status_code in {200, 400, 404, 422, 501}, (fields, answer.text[:500])
    assert app.queue.current is None


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_no_setting_brings_out_a_bug(client, app, data):
    names = st.sampled_from([option.name for option in app.options]) | st.text(max_size=5)
    values = data.draw(st.dictionaries(names, anything, max_size=3))
    values.pop("sd_model_checkpoint", None)

    answer = client.post("/sdapi/v1/options", json=_jsonable(values))

    assert answer.status_code in {200, 400, 404}, (values, answer.text[:500])
    assert client.get("/sdapi/v1/options").status_code == 200


def _jsonable(value):
    """The client itself refuses NaN and halves of surrogate pairs."""
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return 1.5
    if isinstance(value, dict):
        return {_jsonable(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    route=st.sampled_from(["/internal/progress", "/internal/interrupt", "/internal/skip", "/sdapi/v1/png-info"]),
    body=anything,
)
def test_no_body_brings_out_a_bug(client, route, body):
    answer = client.post(route, json=_jsonable(body))

    assert answer.status_code in {200, 400, 422}, (body, answer.text[:500])


DAMAGED = {
    "text": lambda whole: b"this is a text file, renamed",
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "header only": lambda whole: whole[:8],
    "another family": lambda whole: (
        b"\x40\0\0\0\0\0\0\0" + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(64) + b"\0" * 4
    ),
    "pickle": lambda whole: b"PK\x03\x04",
}


@pytest.mark.parametrize(("name", "spoil"), DAMAGED.items(), ids=DAMAGED.keys())
def test_a_damaged_checkpoint_is_told_and_the_one_before_stays(client, app, name, spoil):
    client.post(URL, json=SMALL)
    folder = app.paths.models / "Stable-diffusion"
    bad = folder / f"bad {name}.{'ckpt' if name == 'pickle' else 'safetensors'}"
    bad.write_bytes(spoil((folder / "tiny-random.safetensors").read_bytes()))
    client.post("/sdapi/v1/refresh-checkpoints")

    chosen = client.post("/sdapi/v1/options", json={"sd_model_checkpoint": bad.name})
    used = client.post(URL, json={**SMALL, "override_settings": {"sd_model_checkpoint": bad.name}})
    afterwards = client.post(URL, json=SMALL)
    bad.unlink()
    client.post("/sdapi/v1/refresh-checkpoints")

    for answer in (chosen, used):
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"] == "CheckpointError"
        assert bad.stem in answer.json()["detail"]
    assert client.get("/sdapi/v1/options").json()["sd_model_checkpoint"].startswith("tiny-random")
    assert afterwards.status_code == 200
    assert "Model: tiny-random" in afterwards.json()["info"]


def test_a_folder_that_cannot_be_written_is_told(client, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings = {"outdir_txt2img_samples": str(tmp_path / "file" / "folder")}

    answer = client.post(URL, json={**SMALL, "save_images": True, "override_settings": settings})

    assert answer.status_code == 507
    assert "file/folder" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_no_address_brings_out_a_bug(client, method):
    for path in (
        "/sdapi/v1/nothing",
        "/sdapi/v1/txt2img/x",
        "/sdapi/v1/%00",
        "/sdapi/v1/progress",
        "/internal/ping",
        "//",
    ):
        assert client.request(method, path).status_code < 500, path


def test_the_server_still_works(client):
    assert client.post(URL, json=SMALL).status_code == 200
