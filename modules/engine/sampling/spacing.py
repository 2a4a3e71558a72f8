"""How noise levels are spaced between the largest and the smallest: one function a schedule.

Each takes a `Span` and returns sigmas (steps,), falling, without the final 0. Where A1111 1.8 has the schedule, the
numbers equal its to the last bit; `tests/golden/test_sigmas.py` compares them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.engine.sampling.levels import NoiseLevels


@dataclass(frozen=True)
class Span:
    """What a schedule has to cover.

    Attributes:
        low: the smallest sigma.
        high: the largest.
        rho: the exponent of those that have one.
        beta: the two parameters of the beta distribution.
        sdxl: the model is an SDXL; some schedules were fitted for each kind of model.
    """

    levels: NoiseLevels
    steps: int
    low: float
    high: float
    rho: float = 7.0
    beta: tuple[float, float] = (0.6, 0.6)
    sdxl: bool = False


def uniform(span: Span) -> Tensor:
    """Timesteps evenly spaced from the last to the first; the model's own range."""
    return span.levels.sigma_at(torch.linspace(len(span.levels.sigmas) - 1, 0, span.steps))


def karras(span: Span) -> Tensor:
    """Source: Karras et al. 2022, arXiv:2206.00364, equation 5."""
    ramp = torch.linspace(0, 1, span.steps)
    low, high = span.low ** (1 / span.rho), span.high ** (1 / span.rho)
    return (high + ramp * (low - high)) ** span.rho


def exponential(span: Span) -> Tensor:
    """Log sigma evenly spaced."""
    return torch.linspace(math.log(span.high), math.log(span.low), span.steps).exp()


def polyexponential(span: Span) -> Tensor:
    """Log sigma spaced by a power: rho 1 is `exponential`. Source: k-diffusion (MIT)."""
    ramp = torch.linspace(1, 0, span.steps) ** span.rho
    return torch.exp(ramp * (math.log(span.high) - math.log(span.low)) + math.log(span.low))
