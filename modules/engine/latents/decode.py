"""Latents to pixels through the VAE."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from modules.core.errors import WebUIError
from modules.engine.latents.precision import NO_FALLBACK, VaeFallback, with_fallback
from modules.engine.model import DiffusionModel


@torch.inference_mode()
def decode(model: DiffusionModel, latents: Tensor, fallback: VaeFallback = NO_FALLBACK) -> Tensor:
    """Decode latents (B, 4, h, w) to pixels (B, 3, 8h, 8w), float32 in 0..1 on the CPU; one image at a time.

    Numbers that are lost for good (NaN) become black, and `fallback` is told.

    Raises:
        WebUIError: all of them are, and the model checks that.
    """
    check_latents(model, latents)
    with model.memory.use("vae"):
        decoded = torch.cat([_decode_one(model, image, fallback) for image in latents.split(1)])
    return _visible(model, decoded, fallback)


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


def _decode_one(model: DiffusionModel, latents: Tensor, fallback: VaeFallback) -> Tensor:
    """Only latents that are numbers tell anything about the VAE's precision."""
    hopeful = bool(latents.isfinite().all())
    return with_fallback(model, lambda: run_decoder(model, latents), fallback if hopeful else NO_FALLBACK)


def run_decoder(model: DiffusionModel, latents: Tensor) -> Tensor:
    """Return what the VAE makes of latents (B, 4, h, w): (B, 3, 8h, 8w), float32 on the CPU, -1..1 and a bit beyond."""
    vae: Any = model.vae  # its annotations name tensor types that torch does not use
    return vae.decode((latents / model.scale_factor).to(model.device, model.precision.vae)).sample.float().cpu()


def decode_memory(model: DiffusionModel, width: int, height: int) -> int:
    """Return about how many bytes decoding one image of that size in pixels takes at its peak.

    Measured: five activations at full size, as wide as the second last level of the decoder.
    """
    channels = model.vae.config["block_out_channels"]
    item = torch.finfo(model.precision.vae).bits // 8
    return 5 * item * width * height * max(channels[:2])


def _visible(model: DiffusionModel, decoded: Tensor, fallback: VaeFallback) -> Tensor:
    """Turn the VAE's -1..1 into 0..1, and what is no number into black."""
    lost = decoded.isnan()
    if lost.all() and model.checks_nan:
        raise WebUIError(_advice(model.precision.vae))
    if lost.any():
        pictures = int(lost.flatten(1).any(1).sum())
        fallback.tell(
            f"The VAE lost numbers (NaN): {pictures} of {len(decoded)} pictures are black, wholly or in part."
        )
    return ((decoded + 1) / 2).clamp(0, 1).nan_to_num(0)


def _advice(precision: torch.dtype) -> str:
    if precision == torch.float16:
        return (
            "The VAE produced no numbers (NaN) in 16 bits, so the picture would be black: turn on “Automatically "
            "revert VAE to 32-bit floats” in the settings, or start with --no-half-vae."
        )
    return (
        "The VAE produced no numbers (NaN), so the picture would be black: the checkpoint's VAE may be damaged, "
        "or the latents beyond its range; try a lower CFG scale or another checkpoint."
    )
