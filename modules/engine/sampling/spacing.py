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


def sgm_uniform(span: Span) -> Tensor:
    """Timesteps evenly spaced, the last one left out: the step from there to 0 is as long as the others.

    Source: the sampling code of Stability's generative-models (MIT).
    """
    return _between_ends(span, span.steps + 1)[:-1]


def normal(span: Span) -> Tensor:
    """Timesteps evenly spaced, both ends included; `uniform`, if the range is the model's."""
    return _between_ends(span, span.steps)


def kl_optimal(span: Span) -> Tensor:
    """The arctangent of sigma evenly spaced, (steps + 1,): the last is the smallest sigma, not 0.

    Source: Sabour et al. 2024, arXiv:2404.14507, theorem 3.1.
    """
    shares = torch.arange(span.steps + 1) / span.steps
    return torch.tan((1 - shares) * math.atan(span.high) + shares * math.atan(span.low))


def simple(span: Span) -> Tensor:
    """Trained levels at even distances from the last, the first left out."""
    count = len(span.levels.sigmas)
    if span.steps > count:
        return uniform(span)
    places = (torch.arange(span.steps, dtype=torch.float64) * (count / span.steps)).long()
    return span.levels.sigmas.flip(0)[places]


def ddim(span: Span) -> Tensor:
    """Trained levels 1, 1 + n, 1 + 2n ..., which are those of DDIM; a step more if the steps do not divide 1000.

    Source: Song et al. 2020, arXiv:2010.02502, section 4.2, as in the original code of latent diffusion.
    """
    stride = max(1, len(span.levels.sigmas) // span.steps)
    return span.levels.sigmas[1::stride].flip(0)


def turbo(span: Span) -> Tensor:
    """Timesteps evenly spaced from the last, rounded: with 4 steps those that SDXL Turbo was distilled for.

    Source: Sauer et al. 2023, arXiv:2311.17042; "trailing" spacing of Lin et al. 2023, arXiv:2305.08891, table 2.
    """
    count = len(span.levels.sigmas)
    if span.steps > count:
        return uniform(span)
    places = torch.arange(span.steps, 0, -1, dtype=torch.float64) * (count / span.steps)
    return span.levels.sigmas[places.round().long() - 1]


def _between_ends(span: Span, points: int) -> Tensor:
    ends = span.levels.timestep_at(torch.tensor([span.high, span.low]))
    return span.levels.sigma_at(torch.linspace(ends[0].item(), ends[1].item(), points))
