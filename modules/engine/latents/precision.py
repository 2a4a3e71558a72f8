"""What happens when 16 bits are too few for a VAE: it computes again with more range, and keeps that.

float16 ends at 65504. The activations of some VAEs go beyond it, and everything after that is "not a number" (NaN).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from modules.core.errors import WebUIError
from modules.engine.model import DiffusionModel
from modules.hardware.precision import has_nan

log = logging.getLogger(__name__)

_RANGE = {torch.float16: 0, torch.bfloat16: 1, torch.float32: 2}
"""Which type holds what another cannot; bfloat16 has the range of float32 with fewer digits."""
_NAMES = {torch.bfloat16: "bfloat16", torch.float32: "32 bits"}


def with_fallback(model: DiffusionModel, compute: Callable[[], Tensor]) -> Tensor:
    """Return what the VAE computes; if numbers are lost, compute again in the precisions of the model's fallback.

    One that was needed stays the model's.
    """
    fallback = model.vae_fallback
    result = compute()
    for precision in fallback.precisions:
        if not model.checks_nan or not has_nan(result):
            break
        if not raise_vae_precision(model, precision):
            continue
        sentence = f"The VAE lost numbers in 16 bits and computes in {_NAMES[precision]} from now on."
        log.warning("%s Start with --no-half-vae to have it so from the start.", sentence)
        fallback.tell(sentence)
        result = compute()
    return result


def raise_vae_precision(model: DiffusionModel, precision: torch.dtype) -> bool:
    """Let the model's VAE compute in a type that holds more, from now on; say whether it does hold more."""
    if _RANGE[precision] <= _RANGE[model.precision.vae]:
        return False
    with model.vae_in_use, torch.inference_mode(mode=False):
        nn.Module.to(model.vae, precision)  # that of diffusers warns of nothing
        model.precision = replace(model.precision, vae=precision)
    return True


def lost_numbers(model: DiffusionModel) -> WebUIError:
    """Return what to raise when the VAE gave nothing but NaN."""
    if model.precision.vae == torch.float16:
        return WebUIError(
            "The VAE produced no numbers (NaN) in 16 bits, so the picture would be black: turn on “Automatically "
            "revert VAE to 32-bit floats” in the settings, or start with --no-half-vae."
        )
    return WebUIError(
        "The VAE produced no numbers (NaN), so the picture would be black: the checkpoint's VAE may be damaged, "
        "or the values given to it beyond its range; try a lower CFG scale or another checkpoint."
    )
