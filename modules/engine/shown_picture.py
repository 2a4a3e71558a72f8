"""What UNets of more channels than latents have are shown: a picture with a hole, a picture, or its depth.

Contract 5.7. Sources: Rombach et al. 2022, arXiv:2112.10752, section 4.5 (inpainting); Brooks et al. 2023,
arXiv:2211.09800, section 3.2 (InstructPix2Pix); the depth checkpoint of Stable Diffusion 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from modules.core.errors import InputError
from modules.engine.latents.encode import encode as encode_by_vae
from modules.engine.model import LATENT_CHANNELS, LATENT_FACTOR, DiffusionModel

EXTRA_CHANNELS = {"plain": 0, "depth": 1, "pix2pix": LATENT_CHANNELS, "inpainting": 1 + LATENT_CHANNELS}
"""Channels beside the latents, by the variant of a model."""

GREY = 0.5
"""What is seen in place of hidden pixels: 0 for the VAE."""

Encode = Callable[[DiffusionModel, Tensor], Tensor]
"""(model, pixels (B, 3, H, W) in 0..1) -> latents (B, 4, H/8, W/8)."""


@dataclass(frozen=True)
class ShownPicture:
    """The picture that a pass begins with.

    Attributes:
        pixels: (1 or B, 3, H, W) in 0..1.
        mask: (1, 1, H, W) in 0..1, 1 is painted; None paints everything.
        hiding: how much of what is painted is hidden from an inpainting model, 0..1.
    """

    pixels: Tensor
    mask: Tensor | None = None
    hiding: float = 1.0


def shown_channels(
    model: DiffusionModel,
    picture: ShownPicture | None,
    size: tuple[int, int],
    count: int,
    encode: Encode = encode_by_vae,
) -> Tensor | None:
    """Return what the UNet is shown beside latents of `size` (h, w): (count, channels, h, w), or None if nothing.

    Args:
        model: its VAE or depth estimator is used.
        picture: None stands for none, which inpainting and InstructPix2Pix models know how to do without.
        size: rows and columns of the latents.
        count: images in the batch.
        encode: how pixels become latents where the model leaves that open.

    Raises:
        InputError: a depth model without a picture.
        CheckpointError: a depth model without an estimator of depth.
    """
    if model.variant == "plain":
        return None
    if model.variant == "inpainting":
        channels = _masked_picture(model, picture or _hidden(size), size, encode)
    elif picture is None:
        channels = _nothing(model, size)
    elif model.variant == "pix2pix":
        channels = _fitted(encode_by_vae(model, picture.pixels) / model.scale_factor, size)
    else:
        channels = _depth(model, picture.pixels, size)
    return channels.repeat_interleave(count, dim=0) if len(channels) == 1 else channels


def _hidden(size: tuple[int, int]) -> ShownPicture:
    rows, columns = size
    return ShownPicture(torch.full((1, 3, rows * LATENT_FACTOR, columns * LATENT_FACTOR), GREY))


def _masked_picture(model: DiffusionModel, picture: ShownPicture, size: tuple[int, int], encode: Encode) -> Tensor:
    """Return the mask and the latents of the picture without what the mask covers, (B, 5, h, w)."""
    pixels, mask = picture.pixels, picture.mask
    if mask is None:
        mask = torch.ones(1, 1, *pixels.shape[-2:])
    elif mask.shape[-2:] != pixels.shape[-2:]:
        mask = interpolate(mask, size=pixels.shape[-2:])
    latents = _fitted(encode(model, (pixels - GREY) * (1 - mask * picture.hiding) + GREY), size)
    small = interpolate(mask, size=size).to(latents)
    return torch.cat([small.expand(len(latents), -1, -1, -1), latents], dim=1)


def _nothing(model: DiffusionModel, size: tuple[int, int]) -> Tensor:
    """What InstructPix2Pix was shown in training in place of a picture."""
    if model.variant == "depth":
        raise InputError("This checkpoint paints by the depth of a picture: use it in img2img.")
    return torch.zeros(1, EXTRA_CHANNELS[model.variant], *size, device=model.device)


def _depth(model: DiffusionModel, pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """Return how near things are, from -1 (the farthest of a picture) to 1 (its nearest); 0 if all is equally far."""
    nearness = interpolate(model.depth_estimator()(pixels), size=size, mode="bicubic").to(model.device)
    low, high = nearness.amin((1, 2, 3), keepdim=True), nearness.amax((1, 2, 3), keepdim=True)
    return torch.where(high > low, 2 * (nearness - low) / (high - low) - 1, 0.0)


def _fitted(latents: Tensor, size: tuple[int, int]) -> Tensor:
    """Return latents in another size, where a picture was not resized but its latents are to be."""
    return latents if latents.shape[-2:] == size else interpolate(latents, size=size, mode="bilinear")
