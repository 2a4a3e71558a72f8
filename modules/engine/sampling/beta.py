"""The Beta schedule: sigma by the quantiles of a beta distribution, more steps at both ends than between."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from modules.engine.sampling.spacing import Span

SERIES_TERMS = 60
NEWTON_STEPS = 8


def beta_spacing(span: Span) -> Tensor:
    """Source: Lee et al. 2024, arXiv:2407.12173, applied to sigma as in diffusers (Apache 2.0)."""
    shares = beta_quantiles(torch.linspace(1, 0, span.steps, dtype=torch.float64), *span.beta)
    return (span.low + shares * (span.high - span.low)).float()


def beta_quantiles(shares: Tensor, a: float, b: float) -> Tensor:
    """Return the values (n,) below which the given shares (n,) float64 of a beta distribution lie; a and b in 0..1.

    Each half by Newton's method, with the series of the distribution function, which converges quickly there.
    """
    half = _Half(a, b).share_below(torch.tensor([math.log(0.5)], dtype=torch.float64))
    lower = _Half(a, b).quantiles(torch.minimum(shares, half))
    upper = 1 - _Half(b, a).quantiles(torch.minimum(1 - shares, 1 - half))
    return torch.where(shares <= half, lower, upper)


class _Half:
    """The beta distribution for x up to 1/2, by log x.

    Source: Abramowitz and Stegun, 26.5.4, in the form that the share below x is x**a / B(a, b) times the sum of
    (1 - b)_k x**k / (k! (a + k)) over k from 0.
    """

    def __init__(self, a: float, b: float) -> None:
        self._a = a
        self._log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
        self._k = torch.arange(SERIES_TERMS, dtype=torch.float64)
        factors = [1.0, *((k - b) / k for k in range(1, SERIES_TERMS))]
        self._terms = torch.tensor(factors, dtype=torch.float64).cumprod(0) / (a + self._k)

    def share_below(self, log_x: Tensor) -> Tensor:
        """Return the share of the distribution below exp(log_x) (n,)."""
        return torch.exp(self._a * log_x - self._log_beta) * self._sum(log_x, self._terms)

    def quantiles(self, shares: Tensor) -> Tensor:
        """Return x (n,) up to 1/2. The logarithm of the share rises ever steeper with log x."""
        wanted = shares.log() + self._log_beta
        log_x = (wanted + math.log(self._a)) / self._a
        for _ in range(NEWTON_STEPS):
            log_x = log_x.clamp(max=math.log(0.5))
            total = self._sum(log_x, self._terms)
            slope = self._a + self._sum(log_x, self._terms * self._k) / total
            log_x = log_x - (self._a * log_x + total.log() - wanted) / slope
        return torch.where(shares > 0, log_x.exp(), 0.0)

    def _sum(self, log_x: Tensor, terms: Tensor) -> Tensor:
        return torch.exp(log_x[:, None] * self._k) @ terms
