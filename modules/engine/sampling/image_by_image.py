"""Guidance that calls the model for each image of a batch by itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from modules.engine.sampling.guidance import GuidedDenoiser


class ImageByImage(GuidedDenoiser):
    """(x, sigma) -> denoised, in which the images do not share their calls of the UNet.

    A UNet adds up in another order for another size of batch. A sampler that chooses its steps by what it measures
    (DPM adaptive) makes another picture of a difference in the seventh digit, so that it needs this to make the same
    picture alone and in a batch.

    Args:
        denoisers: one for each image.
    """

    def __init__(self, denoisers: Sequence[GuidedDenoiser]) -> None:
        self._denoisers = denoisers
        self.step = 0
        self.last_parts = None  # what previews can show of each: the guided latents alone

    @property
    def last_uncond(self) -> Tensor:
        """Denoised latents of the negative prompt alone in the latest call."""
        return torch.cat([denoiser.last_uncond for denoiser in self._denoisers])

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the guided denoised latents, of x's shape."""
        for denoiser in self._denoisers:
            denoiser.step = self.step
        self.step += 1
        images = zip(self._denoisers, x.split(1), sigma.split(1), strict=True)
        return torch.cat([denoiser(one, its_sigma) for denoiser, one, its_sigma in images])
