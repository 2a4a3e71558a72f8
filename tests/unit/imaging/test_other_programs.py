"""Pictures of other programs: what ComfyUI and NovelAI write, in text chunks and in pixels."""

import gzip
import json
import time

import numpy as np
import pytest
from PIL import Image

from modules.imaging.comfyui import infotext_from_comfyui
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext
from modules.imaging.stealth import read_stealth_text

INFOTEXT = "a red cat, 猫\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64"

DEFAULT_GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "cfg": 8, "denoise": 1, "latent_image": ["5", 0], "model": ["4", 0], "negative": ["7", 0],
            "positive": ["6", 0], "sampler_name": "dpmpp_2m", "scheduler": "karras",
            "seed": 156680208700286, "steps": 20,
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sub\\v1-5-pruned.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"batch_size": 1, "height": 512, "width": 768}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["4", 1], "text": "beautiful scenery, glass bottle"}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["4", 1], "text": "text, watermark"}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
}  # fmt: skip


def changed(**changes):
    """The graph that ComfyUI shows at first, with some nodes or inputs of its sampler changed."""
    graph = json.loads(json.dumps(DEFAULT_GRAPH))
    for name, value in changes.items():
        if name.startswith("node_"):
            graph[name.removeprefix("node_")] = value
        else:
            graph["3"]["inputs"][name] = value
    return graph


def converted(graph):
    return infotext_from_comfyui({"prompt": json.dumps(graph)})


def test_the_graph_that_comfyui_shows_at_first():
    assert converted(DEFAULT_GRAPH) == (
        "beautiful scenery, glass bottle\nNegative prompt: text, watermark\nSteps: 20, Sampler: DPM++ 2M, "
        "Schedule type: Karras, CFG scale: 8, Seed: 156680208700286, Size: 768x512, Model: v1-5-pruned"
    )


def test_loras_a_seed_of_its_own_and_prompts_behind_other_nodes():
    infotext = converted(
        changed(
            model=["10", 0],
            seed=["11", 0],
            positive=["12", 0],
            node_10={"inputs": {"model": ["4", 0], "lora_name": "styles/ink.safetensors", "strength_model": 0.8}},
            node_11={"inputs": {"value": 42}},
            node_12={"inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["13", 0]}},
            node_13={"inputs": {"text": ["14", 0]}},
            node_14={"inputs": {"string": "in ink"}},
        )
    )

    assert infotext.startswith("beautiful scenery, glass bottle in ink <lora:ink:0.8>\nNegative prompt: text, ")
    assert "Seed: 42," in infotext and infotext.endswith("Model: v1-5-pruned")


def test_of_two_passes_the_first_counts():
    second = {**DEFAULT_GRAPH["3"]["inputs"], "steps": 7, "denoise": 0.5, "latent_image": ["21", 0]}
    upscale = {"inputs": {"samples": ["3", 0], "width": 1536, "height": 1024}}
    graph = {"20": {"class_type": "KSampler", "inputs": second}, "21": upscale, **DEFAULT_GRAPH}

    assert "Steps: 20," in converted(graph) and "Size: 768x512" in converted(graph)


@pytest.mark.parametrize(
    "text",
    [
        "", "not json", "[]", "{}", '"text"', "NaN", "[" * 100_000, '{"3": null}', '{"3": {"inputs": []}}',
        json.dumps(changed(positive=["3", 0], negative=["3", 0], model=["3", 0], latent_image=["3", 0])),
        json.dumps(changed(positive=None, seed={}, steps=[], sampler_name=["99", 0])),
        json.dumps({str(i): DEFAULT_GRAPH["3"] for i in range(20_000)}),
        json.dumps({**{str(i): {"inputs": {"conditioning_1": [str(i + 1), 0], "conditioning_2": [str(i + 1), 0],
                                           "value": [str(i), 0], "seed": [str(i), 0]}} for i in range(100, 1000)},
                    **changed(positive=["100", 0], seed=["100", 0])}),
    ],
    ids=lambda text: text[:24],
)  # fmt: skip
def test_no_graph_takes_long_or_breaks_anything(text):
    started = time.monotonic()

    infotext = infotext_from_comfyui({"prompt": text})

    assert infotext is None or "Schedule type: Karras" in infotext
    assert time.monotonic() - started < 5


def test_a_picture_of_comfyui_has_an_infotext_and_keeps_its_workflow():
    image = Image.new("RGB", (8, 8))
    image.info = {"prompt": json.dumps(DEFAULT_GRAPH), "workflow": '{"nodes": []}'}

    text = read_infotext(load_image(encode_image(image, "png")))

    assert text.program == "ComfyUI" and text.infotext.startswith("beautiful scenery")
    assert text.items["workflow"] == '{"nodes": []}'


def test_parameters_written_beside_the_graph_are_what_counts():
    image = Image.new("RGB", (8, 8))
    image.info = {"prompt": json.dumps(DEFAULT_GRAPH), "parameters": INFOTEXT}

    text = read_infotext(load_image(encode_image(image, "png")))

    assert (text.infotext, text.program) == (INFOTEXT, None)


def hide(text, mode, *, packed, size=(80, 64)):
    """Hide a text as the programs do that write such pictures."""
    signature = f"stealth_{'png' if mode == 'RGBA' else 'rgb'}{'comp' if packed else 'info'}".encode()
    body = gzip.compress(text.encode()) if packed else text.encode()
    bits = np.unpackbits(np.frombuffer(signature + (len(body) * 8).to_bytes(4, "big") + body, np.uint8))
    pixels = np.asarray(Image.effect_noise(size, 60).convert(mode)).copy()
    pixels[..., -1] = 254 if mode == "RGBA" else pixels[..., -1]
    values = pixels.transpose(1, 0, 2)[..., 3:] if mode == "RGBA" else pixels.transpose(1, 0, 2)
    flat = values.reshape(-1).copy()
    flat[: bits.size] = flat[: bits.size] & 254 | bits
    changed = flat.reshape(values.shape)
    pixels[..., 3:] = changed.transpose(1, 0, 2) if mode == "RGBA" else pixels[..., 3:]
    return Image.fromarray(pixels if mode == "RGBA" else np.ascontiguousarray(changed.transpose(1, 0, 2)))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
def test_an_infotext_hidden_in_pixels_is_found(mode, packed):
    text = read_infotext(load_image(encode_image(hide(INFOTEXT, mode, packed=packed), "png")))

    assert (text.infotext, text.items) == (INFOTEXT, {})


def test_what_novelai_hides_is_read_as_what_it_writes():
    comment = {"steps": 28, "sampler": "k_euler_ancestral", "seed": 7, "scale": 11.0, "uc": "lowres, bad"}
    payload = {"Description": "{{cat}}", "Software": "NovelAI", "Source": "x", "Comment": json.dumps(comment)}

    text = read_infotext(hide(json.dumps(payload), "RGBA", packed=True))

    assert text.program == "NovelAI" and text.infotext.startswith("{{cat}}\nNegative prompt: lowres, bad\nSteps: 28")
    assert text.items == payload


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3)])
def test_pictures_without_hidden_text(size):
    assert read_stealth_text(Image.effect_noise(size, 60).convert("RGBA")) is None


def test_a_hidden_text_that_is_no_gzip_is_none():
    pixels = np.asarray(hide(INFOTEXT, "RGB", packed=True)).copy()
    pixels[:, 1:] ^= 1  # behind signature and length, which take less than a column

    assert read_stealth_text(Image.fromarray(pixels)) is None
