"""Latents to pixels through the VAE."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor

from modules.core.errors import WebUIError
from modules.engine.latents.memory import decode_memory
from modules.engine.latents.precision import lost_numbers, with_fallback
from modules.engine.latents.tiles import TILE, in_tiles
from modules.engine.model import LATENT_FACTOR, DiffusionModel
from modules.hardware.device import device_memory
from modules.hardware.memory import free_cached_memory

log = logging.getLogger(__name__)


@torch.inference_mode()
def decode(model: DiffusionModel, latents: Tensor) -> Tensor:
    """Decode latents (B, 4, h, w) to pixels (B, 3, 8h, 8w), float32 in 0..1 on the CPU; one image at a time.

    Where numbers are lost (NaN), the model's `vae_fallback` is tried; those lost for good become black, which it tells.

    Raises:
        WebUIError: all of them are, and the model checks that.
    """
    check_latents(model, latents)
    with model.memory.use("vae"):
        decoded = torch.cat([_decode_one(model, image) for image in latents.split(1)])
    return _visible(model, decoded)


def check_latents(model: DiffusionModel, latents: Tensor) -> None:
    """Make sure that sampling gave numbers.

    Raises:
        WebUIError: it gave none, and the model checks that.
    """
    if model.checks_nan and latents.isnan().all():
        raise WebUIError(
            "The model produced no numbers (NaN), so the picture would be black: start with --upcast-sampling, or with "
            "--no-half if that does not help."
        )


def _decode_one(model: DiffusionModel, latents: Tensor) -> Tensor:
    """Only latents that are numbers tell anything about the VAE's precision."""
    if not latents.isfinite().all():
        return run_decoder(model, latents)
    return with_fallback(model, lambda: run_decoder(model, latents))


def run_decoder(model: DiffusionModel, latents: Tensor) -> Tensor:
    """Return what the VAE makes of latents (1, 4, h, w): (1, 3, 8h, 8w), float32 on the CPU, -1..1 and a bit beyond.

    Where memory is too short, it decodes in tiles and tells so.
    """
    rows, columns = latents.shape[-2:]
    may_tile = rows > TILE or columns > TILE
    needed = decode_memory(model, columns * LATENT_FACTOR, rows * LATENT_FACTOR)
    if not may_tile or model.device.type != "cpu" or needed <= device_memory(model.device).free:
        try:
            return _run_vae(model, latents)
        except torch.OutOfMemoryError:
            if not may_tile:
                raise
        free_cached_memory()
    log.debug("Memory is short for %d x %d pixels: decoding in tiles", columns * LATENT_FACTOR, rows * LATENT_FACTOR)
    model.vae_fallback.tell("Memory was short, so the picture was decoded in tiles, which may differ in brightness.")
    return in_tiles(lambda tile: _run_vae(model, tile), latents)


def _run_vae(model: DiffusionModel, latents: Tensor) -> Tensor:
    vae: Any = model.vae  # its annotations name tensor types that torch does not use
    return vae.decode((latents / model.scale_factor).to(model.device, model.precision.vae)).sample.float().cpu()


def _visible(model: DiffusionModel, decoded: Tensor) -> Tensor:
    """Turn the VAE's -1..1 into 0..1, and what is no number into black."""
    lost = decoded.isnan()
    if lost.all() and model.checks_nan:
        raise lost_numbers(model)
    if lost.any():
        pictures = int(lost.flatten(1).any(1).sum())
        model.vae_fallback.tell(
            f"The VAE lost numbers (NaN): {pictures} of {len(decoded)} pictures are black, wholly or in part."
        )
    return ((decoded + 1) / 2).clamp(0, 1).nan_to_num(0)
