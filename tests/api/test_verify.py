"""A picture is made again from its own parameters; its sender hears how far the two are apart."""

import base64
import io
import json
import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "cases"
SMALL = {"prompt": "a (red:1.2) cat", "negative_prompt": "blurry", "steps": 3, "width": 64, "height": 64, "seed": 7}
OF_TINY = "Model hash: 85d6e36ef7, Model: tiny-random"
SECOND_PASS = "Denoising strength: 0.5, Hires upscale: 2"
HIRES = {"enable_hr": True, "hr_scale": 1.5, "denoising_strength": 0.5}
LINE = f"Steps: 3, Sampler: Euler, CFG scale: 7, Seed: 7, Size: 64x64, {OF_TINY}"


def encoded(data):
    return base64.b64encode(data).decode()


def png(parameters=None, size=(64, 64), **texts):
    chunks = PngInfo()
    for name, text in {**({} if parameters is None else {"parameters": parameters}), **texts}.items():
        chunks.add_text(name, text)
    buffer = io.BytesIO()
    Image.new("RGB", size, "navy").save(buffer, "PNG", pnginfo=chunks)
    return encoded(buffer.getvalue())


@pytest.fixture
def verify(client):
    def post(image):
        answer = client.post("/sdapi/v1/verify", json={"image": image})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return post


@pytest.fixture
def made(client):
    def post(**fields):
        answer = client.post("/sdapi/v1/txt2img", json={**SMALL, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()["images"][0]

    return post


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sampler_name": "DPM++ 2M", "scheduler": "Automatic", "seed": 2**40},
        {"sampler_name": "Euler a", "scheduler": "exponential", "subseed": 3, "subseed_strength": 0.3},
        {"seed_resize_from_w": 128, "seed_resize_from_h": 64, "cfg_scale": 3.25},
        {"prompt": 'a, b: "c"\n(d)', "negative_prompt": "", "width": 100},
        {**HIRES, "hr_prompt": "a dog, running", "sampler_name": "Euler a"},
        {"enable_hr": True, "hr_resize_x": 96, "hr_resize_y": 128, "hr_upscaler": "Lanczos", "hr_second_pass_steps": 2},
        {"override_settings": {"CLIP_stop_at_last_layers": 2, "emphasis": "No norm", "randn_source": "NV"}},
        {"override_settings": {"eta_noise_seed_delta": 31337, "eta_ancestral": 0.5}, "sampler_name": "Euler a"},
    ],
    ids=str,
)
def test_what_easel_made_is_identical(made, verify, fields):
    verdict = verify(made(**fields))

    assert (verdict["outcome"], verdict["largest"], verdict["mean"]) == ("identical", 0, 0)
    assert (verdict["sentence"], verdict["psnr"], verdict["difference"]) == ("identical", None, None)


def test_present_settings_do_not_matter_where_the_picture_knows_better(made, verify, app):
    picture = made(sampler_name="Euler a")
    app.options.update({"CLIP_stop_at_last_layers": 2, "eta_ancestral": 0.3, "eta_noise_seed_delta": 5})

    assert verify(picture)["sentence"] == "identical"


@pytest.mark.parametrize("name", ["jpg", "webp"])
def test_lossy_files_are_identical_as_far_as_they_can_be(made, verify, name):
    verdict = verify(made(override_settings={"samples_format": name, "jpeg_quality": 77}))

    assert verdict["outcome"] == "identical"
    assert verdict["sentence"].startswith("identical, saved as ")


def test_the_source_of_noise_is_found_where_the_picture_does_not_name_it(made, verify):
    data = base64.b64decode(made(override_settings={"randn_source": "NV"}))
    infotext = Image.open(io.BytesIO(data)).info["parameters"]
    unnamed = with_text(data, infotext.replace(", RNG: NV", ""))

    verdict = verify(unnamed)

    assert (verdict["sentence"], verdict["assumed"]) == ("identical, with RNG source NV", ["RNG source NV"])
    assert verify(with_text(data, infotext.replace("RNG: NV", "RNG: CPU")))["outcome"] == "differs"


def as_a1111_writes(image, change):
    data = base64.b64decode(image)
    return with_text(data, change(Image.open(io.BytesIO(data)).info["parameters"].replace("-easel-0.1.0", "")))


def test_a_second_pass_with_a_sampler_of_its_own_is_read_in_both_ways(made, verify):
    first = {"sampler_name": "DPM++ 2M", "scheduler": "Automatic", "steps": 5}
    automatic = made(**first, **HIRES, hr_sampler_name="Euler a", hr_scheduler="Automatic")
    same = made(**{**first, "scheduler": "Karras"}, **HIRES, hr_sampler_name="Euler a")

    unsaid = as_a1111_writes(automatic, lambda text: text.replace(", Hires schedule type: Automatic", ""))
    assert verify(unsaid)["sentence"] == "identical, with Hires schedule type Automatic"
    assert verify(as_a1111_writes(same, str))["sentence"] == "identical"


def test_a_picture_without_version_may_be_of_the_old_rules(made, verify):
    prompt = "[(red:1.5) cat, forest:(blue:1.5) dog on a beach, city:1.0]"
    old = {"use_old_scheduling": True, "use_downcasted_alpha_bar": True, "randn_source": "NV"}
    picture = made(prompt=prompt, cfg_scale=25, steps=8, override_settings=old)

    verdict = verify(as_a1111_writes(picture, lambda text: text[: text.index(", RNG: NV")]))

    assert verdict["sentence"] == "identical, with RNG source NV and the rules of before 1.6"


def with_text(data, infotext, change=None):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    if change is not None:
        image = Image.fromarray(change(np.asarray(image)))
    chunks, buffer = PngInfo(), io.BytesIO()
    chunks.add_text("parameters", infotext)
    image.save(buffer, "PNG", pnginfo=chunks)
    return encoded(buffer.getvalue())


def test_a_retouched_picture_differs_and_the_difference_is_shown(made, verify):
    def brightened(pixels):
        changed = pixels.copy()
        changed[:8, :8] = np.where(changed[:8, :8] > 127, changed[:8, :8] - 10, changed[:8, :8] + 10)
        return changed

    data = base64.b64decode(made())
    verdict = verify(with_text(data, Image.open(io.BytesIO(data)).info["parameters"], brightened))

    assert (verdict["outcome"], verdict["largest"]) == ("differs", 10)
    assert re.match(r"differs: up to 10 of 255, mean 0\.16; the same to the eye \(PSNR 4\d dB\)", verdict["sentence"])
    sheet = Image.open(io.BytesIO(base64.b64decode(verdict["difference"])))
    panel = np.asarray(sheet)[:, 136:]
    assert (sheet.size, verdict["amplified"]) == ((200, 64), 25)
    assert (panel[:8, :8] == 250).all() and panel.sum() == 8 * 8 * 3 * 250


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (None, "there are no parameters in the file"),
        ("   ", "there are no parameters in the file"),
        ("just a prompt", "its parameters do not say Steps"),
        (f"a\nSteps: 3, Sampler: Euler, CFG scale: 7, Size: 64x64, {OF_TINY}", "its parameters do not say Seed"),
        (f"a\n{LINE.replace('85d6e36ef7', '0123456789')}", "'tiny-random.safetensors' here has the hash 85d6e36ef7, "),
        (
            f"a\n{LINE.replace('tiny-random', 'x').replace('85d6e36ef7', '0123456789')}",
            "'x' with the hash 0123456789 is",
        ),
        (f"a\n{LINE.replace(OF_TINY, 'Model: elsewhere')}", "the checkpoint 'elsewhere' is not here"),
        (f"a\n{LINE.replace(OF_TINY, 'Model hash: 0123abcd')}", "the checkpoint with the hash 0123abcd is not here"),
        (f"a\n{LINE.replace('Euler', 'Oiler')}", "sampler not found: 'Oiler'"),
        (f"a\n{LINE}, Schedule type: Karas", "schedule"),
        (f"a\n{LINE}, Denoising strength: 0.5", "img2img of another picture, which is not in its file"),
        (f"a\n{LINE}, Denoising strength: 0.5, Mask blur: 4", "inpainting of another picture"),
        (f"a\n{LINE}, Script: X/Y/Z plot", "the script 'X/Y/Z plot'"),
        (f"a <lora:mine:0.5>\n{LINE}", "the LoRA 'mine' is not here"),
        (
            f'a <lora:mine:0.5>\n{LINE}, Lora hashes: "mine: 0123456789ab"',
            "'mine' with the hash 0123456789ab is not here",
        ),
        (f"a\n{LINE}, Hypernet: mine", "the hypernetwork 'mine' is not here"),
        (f'a\n{LINE}, TI hashes: "mine: 0123456789ab"', "the textual inversion 'mine' with the hash 0123456789ab"),
        (f'a\n{LINE}, ControlNet 0: "preprocessor: canny, model: x"', "ControlNet"),
        (f"a\n{LINE}, RNG: dice", "randn_source must be one of"),
        (
            f"a\n{LINE}, Denoising strength: 0.5, Hires upscale: 2, Hires checkpoint: b [0123456789]",
            "'b' with the hash",
        ),
        (f"a\n{LINE}, Refiner: b [0123456789], Refiner switch at: 0.8", "'b' with the hash 0123456789 is not here"),
        (f"a\n{LINE.replace('64x64', '128x64')}", "the file is 64x64 and its parameters make 128x64: it is a grid"),
        (f"a\n{LINE}, {SECOND_PASS}", "its parameters make 128x128"),
    ],
)
def test_why_a_picture_cannot_be_made_again(verify, parameters, reason):
    verdict = verify(png(parameters))

    assert verdict["outcome"] == "cannot"
    assert verdict["sentence"].startswith("cannot, because ")
    assert reason in verdict["sentence"]
    assert verdict["largest"] is verdict["mean"] is verdict["difference"] is None


@pytest.mark.parametrize(
    ("texts", "program"),
    [({"workflow": "{}", "prompt": "{}"}, "ComfyUI"), ({"invokeai_metadata": "{}"}, "InvokeAI")],
)
def test_pictures_of_other_programs_are_recognised(verify, texts, program):
    assert f"made by {program}" in verify(png(**texts))["sentence"]


@pytest.mark.parametrize(
    "parameters",
    [
        f"a\n{LINE.replace('Steps: 3', 'Steps: 1000000000')}",
        f"a\n{LINE.replace('64x64', '100000x100000')}",
        f"a\n{LINE.replace('Seed: 7', 'Seed: ' + '9' * 5000)}",
        f"a\n{LINE.replace('CFG scale: 7', 'CFG scale: nan')}",
        f"a\n{LINE}, Seed resize from: 999999x999999",
        f"a\n{LINE}, Eta: 1e309",
        f"a\n{LINE}, Denoising strength: 0.5, Hires upscale: 1000",
        f"a\n{LINE}, Denoising strength: 0.5, Hires resize: 64x999999",
        f"a\n{LINE}, Denoising strength: 0.5, First pass size: 99999x8",
        f"{'(' * 100_000}\n{LINE}",
        f"{'x' * 10_000_000}\n{LINE}",
        "\0" * 1000,
        "Steps: 1, Sampler: \ud7ff, Seed: \U0001f600, CFG scale: 1",
    ],
    ids=lambda text: text[-60:],
)
def test_hostile_parameters_are_refused_in_a_sentence(verify, parameters):
    verdict = verify(png(parameters))

    assert verdict["outcome"] == "cannot", verdict["sentence"]
    assert len(verdict["sentence"]) < 300


NO_PICTURES = ["", "no base64 !", encoded(b"some text"), png(f"a\n{LINE}")[:200]]


@pytest.mark.parametrize("image", NO_PICTURES, ids=["empty", "letters", "text", "cut off"])
def test_what_is_no_picture_is_a_mistake_of_the_caller(client, image):
    answer = client.post("/sdapi/v1/verify", json={"image": image})

    assert (answer.status_code, answer.json()["error"]) == (400, "InputError")


def test_a_frozen_setting_keeps_a_picture_from_being_made_again(make_client):
    client = make_client(freeze_settings=True)

    answer = client.post("/sdapi/v1/verify", json={"image": png(f"a\n{LINE}, Clip skip: 2")})

    assert "CLIP_stop_at_last_layers was frozen" in answer.json()["sentence"]


@pytest.mark.parametrize("action", ["interrupt", "skip"])
def test_one_that_is_stopped_on_the_way_is_not_judged(client, verify, app, action):
    def stop():
        while app.queue.current is None or not app.queue.current.sampling_step:
            time.sleep(0.02)
        client.post(f"/sdapi/v1/{action}")

    stopper = threading.Thread(target=stop)
    stopper.start()
    verdict = verify(png(f"a\n{LINE.replace('Steps: 3', 'Steps: 900')}"))
    stopper.join()

    assert verdict["sentence"] == "cannot, because making it was interrupted"


def test_verifying_saves_nothing_and_is_not_the_last_job(made, verify, app):
    made()
    before = sorted(path for path in app.paths.data.rglob("*") if path.is_file()), app.paths.params_file.read_text()

    verify(png(f"another prompt\n{LINE}"))

    after = sorted(path for path in app.paths.data.rglob("*") if path.is_file()), app.paths.params_file.read_text()
    assert after == before


def test_a_picture_of_a1111_is_recognised(verify):
    case = GOLDEN / "misc" / "infotext-field.png"

    verdict = verify(encoded(case.read_bytes()))

    assert verdict["outcome"] == "identical", verdict["sentence"]
    assert verdict["largest"] <= 2


def test_a_picture_that_names_no_checkpoint_is_tried_with_the_present_one(made, verify):
    data = base64.b64decode(made())
    infotext = Image.open(io.BytesIO(data)).info["parameters"].replace(f"{OF_TINY}, ", "")

    assert verify(with_text(data, infotext))["sentence"] == "identical"
    verdict = verify(with_text(data, infotext.replace("Seed: 7", "Seed: 8")))
    assert "names no checkpoint, so tiny-random.safetensors [85d6e36ef7] was used" in verdict["sentence"]


def test_unknown_parameters_are_named_when_the_picture_differs(verify):
    sentence = verify(png(f"a\n{LINE}, Dynamic thresholding enabled: True"))["sentence"]

    assert "the picture also says Dynamic thresholding enabled, which Easel does not know" in sentence
    assert json.dumps(sentence)
