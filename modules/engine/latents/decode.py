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


def decode_memory(model: DiffusionModel, width: int, height: int) -> int:
    """Return about how many bytes decoding one image of that size in pixels takes at its peak.

    Measured: five activations at full size, as wide as the second last level of the decoder.
    """
    channels = model.vae.config["block_out_channels"]
    item = torch.finfo(model.precision.vae).bits // 8
    return 5 * item * width * height * max(channels[:2])


def _decode_one(model: DiffusionModel, latents: Tensor) -> Tensor:
    vae: Any = model.vae  # its annotations name tensor types that torch does not use
    decoded: Tensor = vae.decode((latents / model.scale_factor).to(model.precision.vae)).sample.float().cpu()
    if model.checks_nan and decoded.isnan().all():
        raise WebUIError(
            "The model produced no numbers (NaN), so the picture would be black; start with --no-half-vae, or with "
            "--no-half if that does not help."
        )
    return ((decoded + 1) / 2).clamp(0, 1)
