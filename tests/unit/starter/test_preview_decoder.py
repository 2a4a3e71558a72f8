"""The starter model's small decoder: it belongs to the starter's latents, and shows what the VAE would."""

import dataclasses
import random

import pytest
import torch

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.core.paths import STARTER
from modules.engine.latents.encode import encode
from modules.engine.latents.preview import preview_pixels
from modules.engine.latents.space import latent_space
from modules.networks.small_decoders import find_small_decoders
from starter.companions.preview_decoder import FILE, psnr
from starter.scenes import paint_scene
from tests.golden.evidence import COMMITTED

CPU = torch.device("cpu")


def load(path):
    flags = dataclasses.replace(Flags(), use_cpu=("all",))
    return load_checkpoint(CheckpointInfo(path, path.name, config=path.with_suffix(".yaml")), flags)


def shipped_for(model):
    return find_small_decoders(PROGRAM_FOLDER / "models", CPU, torch.float32, latent_space(model))


@pytest.fixture(scope="module")
def starter():
    model = load(PROGRAM_FOLDER / STARTER)
    model.small_decoders = shipped_for(model)
    return model


@pytest.fixture(scope="module")
def latents(starter):
    """Of two painted scenes."""
    names = random.Random(1).sample(["beach", "city", "forest", "sunset"], 2)
    pixels = torch.stack([torch.from_numpy(paint_scene(name, 128, 128)).permute(2, 0, 1) for name in names])
    return torch.cat([encode(starter, picture) for picture in pixels.split(1)])


def test_it_is_small_and_the_starters_alone(starter):
    assert (PROGRAM_FOLDER / FILE).stat().st_size <= 3_000_000
    assert starter.small_decoders.taesd() is not None and starter.small_decoders.linear is not None
    other = shipped_for(load(COMMITTED / "tiny-random.safetensors"))
    assert other.taesd() is None and other.linear is None


@pytest.mark.parametrize(("method", "decibels"), [("TAESD", 25), ("Approx cheap", 14)])
def test_it_shows_what_the_vae_would(starter, latents, method, decibels):
    assert psnr(preview_pixels(starter, latents, method), preview_pixels(starter, latents, "Full")) > decibels
