"""Pixels to latents through the VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from modules.engine.latents.precision import lost_numbers, with_fallback
from modules.engine.model import DiffusionModel


@torch.inference_mode()
def encode(model: DiffusionModel, pixels: Tensor) -> Tensor:
    """Encode pixels (B, 3, H, W) in 0..1 to latents (B, 4, H/8, W/8), float32 on the model's device; one at a time.

    The mean of the VAE's posterior is taken, not a sample of it: A1111 draws one with a generator that nothing seeds,
    whose effect is within a level of 255, so that the mean is the picture one gets on average, and always the same.
    Where numbers are lost (NaN), the model's `vae_fallback` is tried.

    Raises:
        WebUIError: all numbers were lost, and the model checks that.
    """
    with model.memory.use("vae"):
        latents = torch.cat([_encode_one(model, image) for image in pixels.split(1)])
    if model.checks_nan and latents.isnan().all():
        raise lost_numbers(model)
    return latents


def _encode_one(model: DiffusionModel, pixels: Tensor) -> Tensor:
    return with_fallback(model, lambda: run_encoder(model, pixels))


def run_encoder(model: DiffusionModel, pixels: Tensor) -> Tensor:
    """Return the latents (B, 4, H/8, W/8) that the VAE makes of pixels (B, 3, H, W) in 0..1."""
    vae: Any = model.vae
    values = (pixels * 2 - 1).to(model.device, model.precision.vae)
    return vae.encode(values).latent_dist.mean.float() * model.scale_factor


def to_pixels(images: Sequence[Image]) -> Tensor:
    """Turn pictures of one size into pixels (B, 3, H, W) in 0..1."""
    arrays = [np.asarray(image.convert("RGB"), dtype=np.float32) / 255 for image in images]
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)
