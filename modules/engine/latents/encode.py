"""Pixels to latents through the VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from modules.engine.model import DiffusionModel


@torch.inference_mode()
def encode(model: DiffusionModel, pixels: Tensor) -> Tensor:
    """Encode pixels (B, 3, H, W) in 0..1 to latents (B, 4, H/8, W/8), float32 on the model's device; one at a time.

    The mean of the VAE's posterior is taken, not a sample of it: A1111 draws one with a generator that nothing seeds,
    whose effect is within a level of 255, so that the mean is the picture one gets on average, and always the same.
    """
    vae: Any = model.vae
    with model.memory.use("vae"):
        encoded = [
            vae.encode((one * 2 - 1).to(model.device, model.precision.vae)).latent_dist.mean.float()
            for one in pixels.split(1)
        ]
    return torch.cat(encoded) * model.scale_factor


def to_pixels(images: Sequence[Image]) -> Tensor:
    """Turn pictures of one size into pixels (B, 3, H, W) in 0..1."""
    arrays = [np.asarray(image.convert("RGB"), dtype=np.float32) / 255 for image in images]
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)
