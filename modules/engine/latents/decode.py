"""Latents to pixels through the VAE."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from modules.core.errors import WebUIError
from modules.engine.model import DiffusionModel


@torch.inference_mode()
def decode(model: DiffusionModel, latents: Tensor) -> Tensor:
    """Decode latents (B, 4, h, w) to pixels (B, 3, 8h, 8w), float32 in 0..1 on the CPU; one image at a time.

    Raises:
        WebUIError: the VAE gave nothing but NaN, so that the picture would be black.
    """
    with model.memory.use("vae"):
        return torch.cat([_decode_one(model, latents[i : i + 1]) for i in range(len(latents))])


def _decode_one(model: DiffusionModel, latents: Tensor) -> Tensor:
    vae: Any = model.vae  # its annotations name tensor types that torch does not use
    decoded: Tensor = vae.decode((latents / model.scale_factor).to(model.precision.vae)).sample.float().cpu()
    if decoded.isnan().all():
        raise WebUIError("The VAE produced no numbers (NaN), so the picture would be black; start with --no-half-vae.")
    return ((decoded + 1) / 2).clamp(0, 1)
