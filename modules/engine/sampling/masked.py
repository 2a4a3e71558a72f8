"""Inpainting: what the mask does not cover is put back at every step (contract 5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from modules.engine.types import Denoiser


@dataclass(frozen=True)
class LatentMask:
    """What is kept, and what of it.

    Attributes:
        painted: 1 where the picture is painted, 0 where it is kept, (1, 1, h, w).
        original: latents of the picture, (B, C, h, w).
    """

    painted: Tensor
    original: Tensor

    def keep(self, latents: Tensor, scale: float | Tensor = 1.0) -> Tensor:
        """Return latents with the kept part of the original, times `scale`."""
        return latents * self.painted + self.original * scale * (1 - self.painted)


def latent_mask(mask: Image, size: tuple[int, int], *, rounds: bool) -> Tensor:
    """Return a mask (mode L, white is painted) as (1, 1, h, w) in 0..1, of 0 and 1 alone if it `rounds`."""
    small = mask.convert("RGB").resize((size[1], size[0]))
    values = np.asarray(small, dtype=np.float32)[..., 0] / 255
    return torch.from_numpy(np.around(values) if rounds else values)[None, None]


class MaskedDenoiser:
    """A denoiser that keeps what is not painted.

    Args:
        inner: the guided denoiser.
        mask: what is kept.
        before: put it back into the noisy latents before each call, not into the denoised ones after it.
    """

    def __init__(self, inner: Denoiser, mask: LatentMask, *, before: bool) -> None:
        self.inner: Any = inner
        self._mask = mask
        self._before = before

    @property
    def last_uncond(self) -> Tensor:
        """Denoised latents of the negative prompt alone in the latest call."""
        return self.inner.last_uncond

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the denoised latents, of x's shape."""
        if self._before:
            kept = self._mask.keep(x, (1 + sigma**2).sqrt().view(-1, 1, 1, 1))
            return x - kept + self.inner(kept, sigma)
        return self._mask.keep(self.inner(x, sigma))
