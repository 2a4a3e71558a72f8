"""The noise levels a model knows, and the timesteps that name them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class NoiseLevels:
    """The noise levels a model was trained on.

    Attributes:
        sigmas: (1000,) float32, rising: sqrt((1 - alpha_bar) / alpha_bar).
    """

    sigmas: Tensor

    @classmethod
    def of(cls, alphas_cumprod: Tensor) -> NoiseLevels:
        """Make them from alpha_bar (1000,)."""
        return cls(((1 - alphas_cumprod) / alphas_cumprod) ** 0.5)

    def thinned(self, count: int) -> NoiseLevels:
        """Return `count` of them, evenly spaced, the largest included: what a distilled model was trained on."""
        stride = len(self.sigmas) // count
        return NoiseLevels(self.sigmas[stride - 1 :: stride])

    @property
    def smallest(self) -> float:
        return self.sigmas[0].item()

    @property
    def largest(self) -> float:
        return self.sigmas[-1].item()

    def sigma_at(self, timestep: Tensor) -> Tensor:
        """Return the sigmas of fractional timesteps 0..999, interpolated in log sigma."""
        log_sigmas = self.sigmas.log()
        low, high = timestep.floor().long(), timestep.ceil().long()
        share = timestep.frac()
        return ((1 - share) * log_sigmas[low] + share * log_sigmas[high]).exp()

    def timestep_at(self, sigma: Tensor) -> Tensor:
        """Return the fractional timesteps 0..999 of sigmas (B,), the inverse of `sigma_at`."""
        log_sigmas = self.sigmas.log().to(sigma.device)
        log_sigma = sigma.log()
        low = torch.searchsorted(log_sigmas, log_sigma, right=True).sub(1).clamp(0, len(log_sigmas) - 2)
        high = low + 1
        share = ((log_sigmas[low] - log_sigma) / (log_sigmas[low] - log_sigmas[high])).clamp(0, 1)
        return (1 - share) * low + share * high
