"""Inpainting, InstructPix2Pix and depth checkpoints make what diffusers' own pipelines make of the same weights.

The pipelines are an independent implementation of what the UNet is shown beside the latents, in which order and scale,
and of guidance by two scales. Both run Euler's method over the same noise levels, from the same noise.
"""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers import (
    EulerDiscreteScheduler,
    StableDiffusionDepth2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline,
)
from PIL import Image

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.flags import Flags
from modules.engine.latents.encode import encode, to_pixels
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.edit_guidance import EditDenoiser
from modules.engine.sampling.euler import sample_euler
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.shown_picture import ShownPicture, shown_channels
from modules.engine.types import Conditioning
from tests.golden.evidence import COMMITTED
from tests.unit.checkpoints.tiny_checkpoint import write_variant

STEPS, CFG = 4, 3.5
SIZE = (8, 16)
CHANNELS = {"inpainting": 9, "pix2pix": 8, "depth": 5}


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Load a variant of the tiny checkpoint through the ordinary path."""

    def load_variant(variant):
        path = tmp_path_factory.mktemp("variants") / f"{variant}.safetensors"
        write_variant(path, COMMITTED / "tiny-random.safetensors", CHANNELS[variant])
        flags = dataclasses.replace(Flags(), use_cpu=("all",))
        model = load_checkpoint(CheckpointInfo(path, path.name, config=path.with_suffix(".yaml")), flags)
        assert model.variant == variant
        return model

    return load_variant


@pytest.fixture(scope="module")
def given():
    """Noise, embeddings, and a picture with a mask whose edges are not all those of latents."""
    generator = torch.Generator().manual_seed(3)
    pixels = torch.rand(1, 3, *SIZE, generator=generator).repeat_interleave(8, 2).repeat_interleave(8, 3)
    mask = np.zeros((64, 128), np.uint8)
    mask[16:48, 24:90] = 255
    return {
        "noise": torch.randn(1, 4, *SIZE, generator=generator),
        "cond": torch.randn(1, 77, 32, generator=generator),
        "uncond": torch.randn(1, 77, 32, generator=generator),
        "image": Image.fromarray((pixels[0].permute(1, 2, 0) * 255).byte().numpy()),
        "mask": Image.fromarray(mask),
    }


def scheduler():
    return EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="trailing",
        steps_offset=1,
    )


def sigmas():
    chosen = scheduler()
    chosen.set_timesteps(STEPS)
    return chosen.sigmas


def pipeline(kind, model, **parts):
    """The parts of our model in a pipeline of diffusers."""
    made = kind(
        vae=model.vae, text_encoder=model.text_encoder, tokenizer=None, unet=model.unet, scheduler=scheduler(), **parts
    )
    made.set_progress_bar_config(disable=True)
    return made


def theirs(pipe, given, **arguments):
    return pipe(
        prompt_embeds=given["cond"],
        negative_prompt_embeds=given["uncond"],
        guidance_scale=CFG,
        num_inference_steps=STEPS,
        output_type="latent",
        **arguments,
    ).images


def sample(denoiser, given, start=0.0):
    levels = sigmas()
    x = start + given["noise"] * levels[0]
    return sample_euler(denoiser, x, levels, noise=lambda: None, on_step=lambda *_: None)


def conditionings(given):
    return Conditioning.constant(given["cond"]), Conditioning.constant(given["uncond"])


def assert_same(ours, expected):
    assert ours.shape == expected.shape
    assert expected.std() > 0.1
    assert (ours - expected).abs().max() < 1e-3 * expected.abs().max()


def test_inpainting(load, given):
    model = load("inpainting")
    pipe = pipeline(
        StableDiffusionInpaintPipeline,
        model,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    expected = theirs(
        pipe,
        given,
        image=given["image"],
        mask_image=given["mask"],
        height=64,
        width=128,
        strength=1.0,
        latents=given["noise"],
    )

    mask = torch.from_numpy(np.asarray(given["mask"], np.float32) / 255)[None, None]
    shown = shown_channels(model, ShownPicture(to_pixels([given["image"]]), mask), SIZE, 1)
    assert_same(sample(GuidedDenoiser(UNetDenoiser(model), *conditionings(given), CFG, shown=shown), given), expected)


@pytest.mark.parametrize("image_scale", [1.0, 1.5, 2.5])
def test_pix2pix(load, given, image_scale):
    model = load("pix2pix")
    pipe = pipeline(
        StableDiffusionInstructPix2PixPipeline,
        model,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    expected = theirs(
        pipe, given, image=given["image"], image_guidance_scale=image_scale, latents=given["noise"].clone()
    )

    shown = shown_channels(model, ShownPicture(to_pixels([given["image"]])), SIZE, 1)
    unet = UNetDenoiser(model)
    by_two = EditDenoiser(unet, *conditionings(given), CFG, image_scale=image_scale, shown=shown)
    assert_same(sample(by_two, given), expected)
    if image_scale == 1:
        assert_same(sample(GuidedDenoiser(unet, *conditionings(given), CFG, shown=shown), given), expected)


def test_depth(load, given):
    model = load("depth")
    nearness = torch.rand(1, 1, 24, 24, generator=torch.Generator().manual_seed(8)) * 40
    model.depth_estimator = lambda: lambda pixels: nearness
    pipe = pipeline(StableDiffusionDepth2ImgPipeline, model, depth_estimator=None, feature_extractor=None)
    pipe.prepare_latents = lambda image, timestep, *_: (
        encode(model, to_pixels([given["image"]])) + given["noise"] * (sigmas()[0])
    )
    expected = theirs(pipe, given, image=given["image"], depth_map=nearness[:, 0], strength=1.0)

    pixels = to_pixels([given["image"]])
    shown = shown_channels(model, ShownPicture(pixels), SIZE, 1)
    denoiser = GuidedDenoiser(UNetDenoiser(model), *conditionings(given), CFG, shown=shown)
    assert_same(sample(denoiser, given, start=encode(model, pixels)), expected)
