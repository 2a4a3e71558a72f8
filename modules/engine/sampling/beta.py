"""The Beta schedule: sigma by the quantiles of a beta distribution, more steps at both ends than between."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from modules.engine.sampling.spacing import Span

SERIES_TERMS = 64
BISECTIONS = 64


def beta_spacing(span: Span) -> Tensor:
    """Source: Lee et al. 2024, arXiv:2407.12173, applied to sigma as in diffusers (Apache 2.0)."""
    shares = beta_quantiles(torch.linspace(1, 0, span.steps, dtype=torch.float64), *span.beta)
    return (span.low + shares * (span.high - span.low)).float()


def beta_quantiles(shares: Tensor, a: float, b: float) -> Tensor:
    """Return the values (n,) below which the given shares (n,) float64 of a beta distribution lie; a and b up to 1.

    Both halves by bisection on log x, where the series of the distribution function converges quickly.
    """
    below_half = _distribution(torch.tensor([math.log(0.5)], dtype=torch.float64), a, b)
    lower = _quantiles_below_half(shares, a, b)
    upper = 1 - _quantiles_below_half(1 - shares, b, a)
    return torch.where(shares <= below_half, lower, upper)


def _quantiles_below_half(shares: Tensor, a: float, b: float) -> Tensor:
    low = torch.full_like(shares, -745.0)  # exp of less is 0
    high = torch.full_like(shares, math.log(0.5))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        too_small = _distribution(middle, a, b) < shares
        low, high = torch.where(too_small, middle, low), torch.where(too_small, high, middle)
    return torch.where(shares <= 0, 0.0, ((low + high) / 2).exp())


def _distribution(log_x: Tensor, a: float, b: float) -> Tensor:
    """The regularized incomplete beta function for x = exp(log_x) (n,), 0 < x <= 1/2.

    Source: Abramowitz and Stegun, 26.5.4 in the form x**a / B(a, b) * sum of (1 - b)_k x**k / (k! (a + k)).
    """
    factors = torch.tensor([1.0, *((k - b) / k for k in range(1, SERIES_TERMS))], dtype=torch.float64).cumprod(0)
    k = torch.arange(SERIES_TERMS, dtype=torch.float64)
    total = (torch.exp(log_x[:, None] * k) * factors / (a + k)).sum(1)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return torch.exp(a * log_x - log_beta) * total
