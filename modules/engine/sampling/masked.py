"""Inpainting: what the mask does not cover is put back at every step (contract 5.7)."""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass
class MaskBlend:
    """Kept and painted latents, as they are put together. Names are those of A1111's scripts (contract 6.2).

    Attributes:
        current_latent: what is painted, (B, C, h, w).
        nmask: 1 where it is painted, (1, 1, h, w); `mask` is the other way round.
        init_latent: what is kept, at the noise level of `current_latent`.
        blended_latent: both together; may be replaced.
        denoiser: the masked denoiser; None at the end.
        sigma: noise level (B,); None at the end.
    """

    current_latent: Tensor
    nmask: Tensor
    init_latent: Tensor
    mask: Tensor
    blended_latent: Tensor
    denoiser: Any = None
    sigma: Tensor | None = None

    @property
    def is_final_blend(self) -> bool:
        """The sampler is done."""
        return self.denoiser is None


OnMaskBlend = Callable[[MaskBlend], None]


def blend(
    mask: LatentMask,
    latents: Tensor,
    on_blend: OnMaskBlend | None = None,
    scale: float | Tensor = 1.0,
    denoiser: Any = None,
    sigma: Tensor | None = None,
) -> Tensor:
    """Return latents with what is kept, after `on_blend` has had its way with them."""
    kept = mask.keep(latents, scale)
    if on_blend is None:
        return kept
    args = MaskBlend(latents, mask.painted, mask.original * scale, 1 - mask.painted, kept, denoiser, sigma)
    on_blend(args)
    return args.blended_latent


class MaskedDenoiser:
    """A denoiser that keeps what is not painted.

    Args:
        inner: the guided denoiser.
        mask: what is kept.
        before: put it back into the noisy latents before each call, not into the denoised ones after it.
        on_blend: called each time, if given.
        total_steps: calls that the run will make; scripts look at it.
    """

    def __init__(
        self,
        inner: Denoiser,
        mask: LatentMask,
        *,
        before: bool,
        on_blend: OnMaskBlend | None = None,
        total_steps: int = 0,
    ) -> None:
        self.inner: Any = inner
        self.total_steps = total_steps
        self._mask = mask
        self._before = before
        self._on_blend = on_blend

    @property
    def step(self) -> int:
        """How many calls were made."""
        return int(getattr(self.inner, "step", 0))

    @property
    def last_uncond(self) -> Tensor:
        """Denoised latents of the negative prompt alone in the latest call."""
        return self.inner.last_uncond

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the denoised latents, of x's shape."""
        if self._before:
            scale = (1 + sigma**2).sqrt().view(-1, 1, 1, 1)
            kept = blend(self._mask, x, self._on_blend, scale, self, sigma)
            return x - kept + self.inner(kept, sigma)
        return blend(self._mask, self.inner(x, sigma), self._on_blend, denoiser=self, sigma=sigma)
