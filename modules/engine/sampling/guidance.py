"""Classifier-free guidance around the UNet.

Source: Ho and Salimans 2022, arXiv:2207.12598, equation 6, with A1111's scale: 1 is no guidance.
"""

from __future__ import annotations

import torch
from torch import Tensor

from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.types import Conditioning


class GuidedDenoiser:
    """(x, sigma) -> denoised, steered from the negative prompt towards the prompt.

    Args:
        denoiser: the UNet.
        cond: of the prompt.
        uncond: of the negative prompt.
        scale: CFG scale; 1 follows the prompt alone.
    """

    def __init__(self, denoiser: UNetDenoiser, cond: Conditioning, uncond: Conditioning, scale: float) -> None:
        self._denoiser = denoiser
        self._cond = cond
        self._uncond = uncond
        self._scale = scale
        self.step = 0
        """The present step, counted from 0; it chooses the conditioning."""

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the guided denoised latents, of x's shape."""
        cond, uncond = self._cond.at(self.step), self._uncond.at(self.step)
        if self._scale == 1:
            return self._denoiser(x, sigma, cond)
        with_prompt, without = self._run_both(x, sigma, cond, uncond)
        return without + (with_prompt - without) * self._scale

    def _run_both(self, x: Tensor, sigma: Tensor, cond: Tensor, uncond: Tensor) -> tuple[Tensor, Tensor]:
        if cond.shape[1] != uncond.shape[1]:
            return self._denoiser(x, sigma, cond), self._denoiser(x, sigma, uncond)
        both = self._denoiser(torch.cat([x, x]), torch.cat([sigma, sigma]), torch.cat([cond, uncond]))
        with_prompt, without = both.chunk(2)
        return with_prompt, without
