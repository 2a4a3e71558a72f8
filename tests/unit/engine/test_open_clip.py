"""Prompts through OpenCLIP's text encoder, as Stable Diffusion 2 wants them."""

import dataclasses

import pytest
import torch

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.flags import Flags
from modules.engine.text.encoder import encode_texts
from modules.engine.text.reading import TextSettings
from modules.engine.text.tokenizer import END_TOKEN, START_TOKEN, default_tokenizer
from tests.unit.checkpoints import ldm_reference
from tests.unit.checkpoints.ldm_reference import Weights
from tests.unit.checkpoints.tiny_checkpoint import Sizes, sd2_shapes, write_checkpoint

SIZES = Sizes(
    channels=64,
    multipliers=(1, 2),
    attended=(True, False),
    text_width=64,
    text_layers=3,
    vocabulary=49408,
    vae_multipliers=(1, 1),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("two") / "two.safetensors"
    tensors = write_checkpoint(path, SIZES, shapes=sd2_shapes)
    model = load_checkpoint(CheckpointInfo(path, path.name), dataclasses.replace(Flags(), use_cpu=("all",)))
    return model, Weights(tensors, "cond_stage_model.model.")


def test_what_follows_the_end_is_zeros(loaded):
    model, weights = loaded
    words = default_tokenizer().encode("a cat")
    tokens = torch.tensor([[START_TOKEN, *words, END_TOKEN] + [0] * (75 - len(words))])

    with torch.inference_mode():
        expected = ldm_reference.open_clip(weights, tokens)
    found = encode_texts(model, ["a cat"], TextSettings())

    assert torch.allclose(found, expected, atol=1e-4)
    assert expected.std() > 0.05


def test_a_full_chunk_keeps_its_end_and_clip_skip_has_no_effect(loaded):
    model, weights = loaded
    text = "cat " * 75
    words = default_tokenizer().encode(text)
    assert len(words) == 75

    with torch.inference_mode():
        expected = ldm_reference.open_clip(weights, torch.tensor([[START_TOKEN, *words, END_TOKEN]]))
    found = [encode_texts(model, [text], TextSettings(clip_skip=skip)) for skip in (1, 2)]

    assert torch.allclose(found[0], expected, atol=1e-4)
    assert torch.equal(*found)
