"""Quick looks at unfinished latents, by four methods (contract 5.9)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from modules.core.registry import Registry
from modules.engine.latents.decode import run_decoder
from modules.engine.latents.linear import linear_decoder
from modules.engine.model import LATENT_FACTOR, DiffusionModel

FULL, DEFAULT_METHOD, TAESD = "Full", "Approx NN", "TAESD"
_SMALL_VAE_PARAMETERS = 10_000_000

MakePixels = Callable[[DiffusionModel, Tensor], Tensor]
"""(model, latents (B, 4, h, w)) -> pixels (B, 3, H, W) in 0..1, H and W 1 to 8 times h and w."""


@dataclass(frozen=True)
class PreviewMethod:
    """A way to look at latents."""

    name: str
    make_pixels: MakePixels


def preview_pixels(model: DiffusionModel, latents: Tensor, method: str) -> Tensor:
    """Return pixels (B, 3, 8h, 8w) in 0..1 on the CPU for denoised latents (B, 4, h, w).

    Args:
        model: it may be at work in another thread.
        latents: as the UNet has them.
        method: a name in `PREVIEW_METHODS`.
    """
    with torch.inference_mode():
        pixels = PREVIEW_METHODS.get(method).make_pixels(model, latents)
        height, width = (LATENT_FACTOR * side for side in latents.shape[-2:])
        if tuple(pixels.shape[-2:]) == (height, width):
            return pixels
        return interpolate(pixels, size=(height, width), mode="bilinear")


def preview_image(
    model: DiffusionModel, latents: Tensor, method: str = DEFAULT_METHOD, *, grid: bool = True
) -> Image.Image:
    """Make a picture of denoised latents (B, 4, h, w): a grid of several images, or the first alone."""
    return tile(to_images(preview_pixels(model, latents if grid else latents[:1], method)))


def previews_are_cheap(model: DiffusionModel) -> bool:
    """Say whether the VAE is so small that every step may be shown in full.

    It may not be used from another thread where it would have to be moved to the device first.
    """
    weights = sum(parameter.numel() for parameter in model.vae.parameters())
    return weights < _SMALL_VAE_PARAMETERS and not model.memory.moves_weights


def _full(model: DiffusionModel, latents: Tensor) -> Tensor:
    """By the VAE; if it loses numbers (NaN), which the decoding of the finished picture will deal with, cheaply."""
    with model.memory.use("vae"), model.vae_in_use:
        decoded = torch.cat([run_decoder(model, image) for image in latents.split(1)])
    return _approximately(model, latents) if decoded.isnan().any() else ((decoded + 1) / 2).clamp(0, 1)


def _approximately(model: DiffusionModel, latents: Tensor) -> Tensor:
    with model.vae_in_use:
        decoder = linear_decoder(model)
    return decoder(latents)


def _by_network(model: DiffusionModel, latents: Tensor) -> Tensor:
    """By a small network: the VAE itself, if it is small."""
    if previews_are_cheap(model):
        return _full(model, latents)
    decoder = model.small_decoders.approximate()
    return _approximately(model, latents) if decoder is None else decoder(latents)


def _by_taesd(model: DiffusionModel, latents: Tensor) -> Tensor:
    decoder = model.small_decoders.taesd()
    return _by_network(model, latents) if decoder is None else decoder(latents)


PREVIEW_METHODS: Registry[PreviewMethod] = Registry("preview method")
PREVIEW_METHODS.add(
    PreviewMethod(FULL, _full),
    PreviewMethod(DEFAULT_METHOD, _by_network),
    PreviewMethod("Approx cheap", _approximately),
    PreviewMethod(TAESD, _by_taesd),
)


def to_images(pixels: Tensor) -> list[Image.Image]:
    """Turn pixels (B, 3, H, W) in 0..1 into pictures; values are cut off, not rounded, as A1111 does."""
    arrays = (pixels.permute(0, 2, 3, 1).numpy() * np.float32(255)).astype(np.uint8)
    return [Image.fromarray(array) for array in arrays]


def tile(images: list[Image.Image]) -> Image.Image:
    """Lay pictures of one size side by side, in a square as nearly as possible."""
    columns = math.ceil(math.sqrt(len(images)))
    width, height = images[0].size
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for i, image in enumerate(images):
        sheet.paste(image, (i % columns * width, i // columns * height))
    return sheet
