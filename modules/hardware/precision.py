"""How many bits each part computes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.core.flags import Flags


@dataclass(frozen=True)
class Precision:
    """The type of each module's weights.

    Attributes:
        autocast: let PyTorch compute in `unet` what is safe and the rest in 32 bits.
        upcast_sampling: everything around the UNet in 32 bits, only the UNet itself in 16, without autocast.
    """

    text_encoder: torch.dtype = torch.float32
    unet: torch.dtype = torch.float32
    vae: torch.dtype = torch.float32
    autocast: bool = False
    upcast_sampling: bool = False


FULL = Precision()


def choose_precision(flags: Flags, device: torch.device) -> Precision:
    """Return the types that the flags ask for on that device.

    A CPU has no fast 16-bit arithmetic, so all is 32 bits there; so it is with --no-half or --precision full.
    Apple GPUs are given what A1111's start script asks for on them: --upcast-sampling and --no-half-vae.
    """
    if device.type == "cpu" or flags.no_half or flags.precision == "full":
        return FULL
    half, apple = torch.float16, device.type == "mps"
    upcast = flags.upcast_sampling or apple
    return Precision(
        text_encoder=half,
        unet=half,
        vae=torch.float32 if flags.no_half_vae or apple else half,
        autocast=flags.precision == "autocast" and not upcast,
        upcast_sampling=upcast,
    )


def _tell_nobody(_sentence: str) -> None:
    """Take the place of a listener."""


@dataclass(frozen=True)
class VaeFallback:
    """What may be tried when a VAE loses numbers.

    Attributes:
        precisions: in this order; those that hold no more than the present one are passed over.
        tell: takes a sentence for people.
    """

    precisions: tuple[torch.dtype, ...] = ()
    tell: Callable[[str], None] = _tell_nobody


def has_nan(tensor: Tensor) -> bool:
    """Tell whether any value was lost in the computation."""
    return bool(torch.isnan(tensor).any())
