"""Noise schedules: which noise level sigma each step starts from.

Source: Karras et al. 2022, arXiv:2206.00364, and the schedules of k-diffusion (MIT). The numbers equal A1111's:
`tests/golden/test_sigmas.py` compares them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.core.registry import Registry


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


SigmaFunction = Callable[[NoiseLevels, int], Tensor]
"""(levels, steps) -> sigmas (steps,), falling, without the final 0."""


@dataclass(frozen=True)
class Schedule:
    """A noise schedule. `name` is the API's word, `label` the menu's; both are found in the registry."""

    name: str
    label: str
    sigmas: SigmaFunction
    default_rho: float = -1.0
    needs_inner_model: bool = False

    @property
    def aliases(self) -> tuple[str, ...]:
        return (self.label,)

    def with_final_zero(self, levels: NoiseLevels, steps: int) -> Tensor:
        """Return sigmas (steps + 1,), float32 on the CPU, falling, the last 0."""
        sigmas = self.sigmas(levels, steps)
        return torch.cat([sigmas, sigmas.new_zeros(1)])


def uniform(levels: NoiseLevels, steps: int) -> Tensor:
    """Timesteps evenly spaced from the last to the first."""
    return levels.sigma_at(torch.linspace(len(levels.sigmas) - 1, 0, steps))


def karras(levels: NoiseLevels, steps: int, rho: float = 7.0) -> Tensor:
    """Source: Karras et al. 2022, equation 5."""
    ramp = torch.linspace(0, 1, steps)
    low, high = levels.smallest ** (1 / rho), levels.largest ** (1 / rho)
    return (high + ramp * (low - high)) ** rho


def exponential(levels: NoiseLevels, steps: int) -> Tensor:
    """Log sigma evenly spaced."""
    return torch.linspace(math.log(levels.largest), math.log(levels.smallest), steps).exp()


AUTOMATIC = "Automatic"
"""The menu's word for the schedule that a sampler prefers."""

SCHEDULES: Registry[Schedule] = Registry("schedule")
SCHEDULES.add(
    Schedule("uniform", "Uniform", uniform),
    Schedule("karras", "Karras", karras, default_rho=7.0),
    Schedule("exponential", "Exponential", exponential),
)
