"""The small LoRAs, embeddings and the hypernetwork that ship with the starter do what they are for, in a request.

Effects are means over several pictures and have a margin; `python -m starter.evaluate --companions` prints all figures.
"""

import base64
import json
from itertools import pairwise

import pytest
import torch
from PIL import Image
from safetensors import safe_open

from modules.core.flags import PROGRAM_FOLDER
from modules.networks.embedding_file import read_embedding_file
from starter.companions import hypernetwork, negative_embedding, positive_embedding, style_lora, subject_lora
from starter.companions.stage import Stage
from starter.measure import scene_along

LORAS = [PROGRAM_FOLDER / "models" / "Lora" / f"{module.NAME}.safetensors" for module in (style_lora, subject_lora)]
EMBEDDINGS = [
    PROGRAM_FOLDER / "embeddings" / f"{module.NAME}.safetensors" for module in (positive_embedding, negative_embedding)
]
STEPS = 8
HYPERNETWORK = PROGRAM_FOLDER / "models" / "hypernetworks" / f"{hypernetwork.NAME}.pt"


@pytest.fixture(scope="module")
def stage():
    return Stage(seeds=2)


@pytest.fixture(scope="module")
def mean_of(stage):
    def mean_of(measured, prompt, negative=""):
        pixels = stage.draw(prompt, negative, steps=STEPS)
        return sum(measured(picture) for picture in pixels) / len(pixels)

    return mean_of


def test_the_more_a_style_lora_counts_the_more_it_shows(mean_of):
    prompt = "a cat on a blue background, sticker <lora:easel-sticker:{}>"
    none, half, full = (mean_of(style_lora.whiteness, prompt.format(weight)) for weight in (0, 0.5, 1))
    assert none + 0.005 < half
    assert half + 0.02 < full


def test_a_subject_lora_teaches_a_word(mean_of):
    wanted = subject_lora.reference()

    def likeness(picture):
        return subject_lora.likeness(picture, wanted)

    prompt = "a penguin on a blue background <lora:easel-penguin:{}>"
    none, half, full = (mean_of(likeness, prompt.format(weight)) for weight in (0, 0.5, 1))
    assert none < half < full
    assert full > none + 0.3


def test_a_subject_lora_leaves_other_words_alone(stage):
    pixels = stage.draw("a car on a green background <lora:easel-penguin:1>", steps=STEPS)
    assert stage.things(pixels).count("car") == 2


def test_an_embedding_in_the_prompt_brings_what_it_stands_for(stage):
    prompts = ("a star", "a star, easel-midnight")
    plain, moody = (stage.draw(prompt, steps=STEPS) for prompt in prompts)
    nights = [sum(scene_along(picture, "night") for picture in pixels) / 2 for pixels in (plain, moody)]
    assert nights[1] > nights[0] + 0.2
    assert stage.things(moody) == ["star", "star"]
    assert stage.tints(moody) == ["blue", "blue"]


def test_an_embedding_in_the_negative_prompt_leads_away_from_blur(mean_of):
    without, with_it = (
        mean_of(negative_embedding.sharpness, "a cat on a blue background", negative)
        for negative in ("", "easel-negative")
    )
    assert with_it > 1.03 * without


def test_the_more_a_hypernetwork_counts_the_browner_the_picture(mean_of):
    prompt = "a cat on a blue background <hypernet:easel-sepia:{}>"
    distances = [mean_of(hypernetwork.colour, prompt.format(strength)) for strength in (0, 0.5, 1)]
    assert all(then < now - 0.01 for now, then in pairwise(distances))


def test_the_program_lists_them(stage):
    app = stage.app
    assert {path.stem for path in LORAS} <= {lora.name for lora in app.loras.list()}
    assert {path.stem for path in EMBEDDINGS} <= {file.name for file in app.embedding_list().loaded}
    assert HYPERNETWORK.stem in {network.name for network in app.hypernetworks.list()}


@pytest.mark.parametrize("path", LORAS, ids=lambda path: path.stem)
def test_a_lora_says_what_it_is_and_whose(path):
    with safe_open(path, "pt") as file:
        metadata, names = file.metadata(), list(file.keys())
    assert all(name.startswith(("lora_unet_", "lora_te_text_model_")) for name in names)
    assert metadata["ss_output_name"] == path.stem
    assert metadata["ss_base_model_version"] == "sd_v1"
    assert metadata["modelspec.license"] == "MIT"
    assert "Microsoft" in metadata["modelspec.description"]
    assert json.loads(metadata["ss_tag_frequency"])


@pytest.mark.parametrize("path", [*LORAS, HYPERNETWORK, *EMBEDDINGS], ids=lambda path: path.stem)
def test_a_companion_is_small_and_has_its_card(path):
    assert path.stat().st_size <= 2_000_000
    words = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert words["description"]
    assert "MIT" in words["notes"]
    assert Image.open(path.with_suffix(".png")).size == (128, 128)


@pytest.mark.parametrize("path", EMBEDDINGS, ids=lambda path: path.stem)
def test_both_forms_of_an_embedding_hold_the_same_vectors(path):
    tensors, picture = (read_embedding_file(path.with_suffix(suffix)) for suffix in (".safetensors", ".png"))
    assert torch.equal(tensors.vectors[0], picture.vectors[0])
    chunk = json.loads(base64.b64decode(Image.open(path.with_suffix(".png")).info["sd-ti-embedding"]))
    assert chunk["name"] == path.stem


def test_the_hypernetwork_holds_tensors_only():
    content = torch.load(HYPERNETWORK, weights_only=True)
    assert sorted(key for key in content if isinstance(key, int)) == [64, 128]
    assert content["name"] == HYPERNETWORK.stem
