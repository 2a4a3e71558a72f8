"""About how much memory a picture takes, so that a size that cannot be made is refused before it is tried."""

from __future__ import annotations

import torch

from modules.engine.latents.tiles import TILE
from modules.engine.model import LATENT_FACTOR, DiffusionModel


def decode_memory(model: DiffusionModel, width: int, height: int) -> int:
    """Return about how many bytes decoding one image of that size in pixels takes at its peak.

    Measured: five activations at full size, as wide as the second last level of the decoder.
    """
    channels = model.vae.config["block_out_channels"]
    return 5 * _bytes(model.precision.vae) * width * height * max(channels[:2])


def least_decode_memory(model: DiffusionModel, width: int, height: int) -> int:
    """Return the same for decoding in tiles: one of them, and the picture and its weights in 32 bits."""
    tile = TILE * LATENT_FACTOR
    return decode_memory(model, min(width, tile), min(height, tile)) + 2 * 4 * 3 * width * height


def sampling_memory(model: DiffusionModel, width: int, height: int, images: int) -> int:
    """Return about how many bytes a call of the UNet takes for so many images and their negative prompts.

    Measured with two UNets on a CPU: 30 to 46 activations as large as the latents and as wide as the first level.
    """
    latents = (width // LATENT_FACTOR) * (height // LATENT_FACTOR) * 2 * images
    return 50 * _bytes(model.precision.unet) * latents * model.unet.config["block_out_channels"][0]


def _bytes(dtype: torch.dtype) -> int:
    return torch.finfo(dtype).bits // 8
