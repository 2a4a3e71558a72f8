"""Whose latents a model has: a small network learnt those of one VAE and makes no sense of another's."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from modules.engine.model import LATENT_CHANNELS, DiffusionModel

_SD1_VAE_CHANNELS, _SD1_SCALE = (128, 256, 512, 512), 0.18215
_TOLERANCE = 0.02
"""As much as 16 bits and the rounding in a file change a number, and far less than another training does."""


@dataclass(frozen=True)
class LatentSpace:
    """The latents that a VAE makes.

    Attributes:
        is_sd1: they are those of Stable Diffusion 1, for which most small networks are made.
        numbers: of the last layer of the VAE's encoder, by which any other kind is known; a VAE whose decoder alone was
            trained further has the same.
    """

    is_sd1: bool = True
    numbers: tuple[float, ...] = ()

    def written(self) -> str:
        """Return what a file's header says of the latents it was made for."""
        return json.dumps([round(number, 4) for number in self.numbers])

    def is_written(self, text: str) -> bool:
        """Say whether a file's header means these latents."""
        try:
            numbers = json.loads(text)
            return len(numbers) == len(self.numbers) > 0 and all(
                math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
                for a, b in zip(numbers, self.numbers, strict=True)
            )
        except (ValueError, TypeError):
            return False


def latent_space(model: DiffusionModel) -> LatentSpace:
    """Return the kind of a model's latents."""
    channels = tuple(model.vae.config["block_out_channels"])
    layer: Any = model.vae.quant_conv
    numbers: list[float] = []
    if layer is not None:
        means = [layer.weight[:LATENT_CHANNELS], layer.bias[:LATENT_CHANNELS]]
        numbers = [number for part in means for number in part.detach().float().flatten().tolist()]
    is_sd1 = channels == _SD1_VAE_CHANNELS and math.isclose(model.scale_factor, _SD1_SCALE)
    return LatentSpace(is_sd1, tuple(numbers))
