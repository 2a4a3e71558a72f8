"""Quick looks at unfinished latents."""

from __future__ import annotations

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modules.engine.latents.decode import decode
from modules.engine.model import LATENT_FACTOR, DiffusionModel

# One row a latent channel: how much it adds to red, green and blue, for latents of Stable Diffusion 1.
# Fitted by "keturn" and published in 2022 on the Hugging Face forum, "Decoding latents to RGB without upscaling".
_SD1_RGB_FACTORS = torch.tensor(
    [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]]
)
_SMALL_VAE_PARAMETERS = 10_000_000


def preview_image(model: DiffusionModel, latents: Tensor) -> Image.Image:
    """Make a picture of denoised latents (B, 4, h, w); several images become a grid.

    A small VAE decodes them in full; for a big one that would cost more than the step itself.
    """
    pixels = decode(model, latents) if previews_are_cheap(model) else linear_preview(latents)
    return _tile(to_images(pixels))


def previews_are_cheap(model: DiffusionModel) -> bool:
    """Say whether the VAE is so small that every step may be shown in full.

    It may not be used from another thread where it would have to be moved to the device first.
    """
    weights = sum(parameter.numel() for parameter in model.vae.parameters())
    return weights < _SMALL_VAE_PARAMETERS and not model.memory.moves_weights


def linear_preview(latents: Tensor) -> Tensor:
    """Return pixels (B, 3, 8h, 8w) in 0..1 by a linear map of each latent of Stable Diffusion 1."""
    rgb = torch.einsum("bchw,cr->brhw", latents.float().cpu(), _SD1_RGB_FACTORS)
    return torch.nn.functional.interpolate(((rgb + 1) / 2).clamp(0, 1), scale_factor=LATENT_FACTOR)


def to_images(pixels: Tensor) -> list[Image.Image]:
    """Turn pixels (B, 3, H, W) in 0..1 into pictures; values are cut off, not rounded, as A1111 does."""
    arrays = (pixels.permute(0, 2, 3, 1).numpy() * np.float32(255)).astype(np.uint8)
    return [Image.fromarray(array) for array in arrays]


def _tile(images: list[Image.Image]) -> Image.Image:
    columns = math.ceil(math.sqrt(len(images)))
    width, height = images[0].size
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for i, image in enumerate(images):
        sheet.paste(image, (i % columns * width, i // columns * height))
    return sheet
