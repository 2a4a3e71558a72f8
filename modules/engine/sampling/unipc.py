"""UniPC: a predictor and a corrector of the same order that share each call of the model.

Source: Zhao et al. 2023, arXiv:2302.04867. In the space whose noise has variance sigma**2, alpha is 1 and lambda is
-log(sigma); the data prediction of the paper is the denoised latents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from modules.engine.sampling.ddim import to_unit_variance
from modules.engine.types import Denoiser, NoiseSource, StepCallback

LARGEST_ORDER = 12
"""Polynomials of higher degrees swing between their points until numbers overflow."""

PHI_TERMS = 80


@dataclass(frozen=True)
class UniPCSettings:
    """Which form of UniPC.

    Attributes:
        variant: the function B(h) of the paper, h (bh1) or e**h - 1 (bh2), or coefficients that vary with the step
            (vary_coeff).
        order: of predictor and corrector; at most the number of steps, and `LARGEST_ORDER`.
        lower_order_final: fall back to lower orders in the last steps, which is steadier with few steps.
    """

    variant: str = "bh1"
    order: int = 3
    lower_order_final: bool = True


class Evaluation(NamedTuple):
    """What the model said at a noise level."""

    time: float
    """-log(sigma)."""
    denoised: Tensor


@torch.inference_mode()
def sample_unipc(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    unipc: UniPCSettings = UniPCSettings(),
) -> Tensor:
    """UniPC, multistep.

    Source: Zhao et al. 2023, Algorithms 5 and 6.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), of variance 1 + sigmas[0]**2.
        sigmas: noise levels (steps + 1,), falling.
        noise: not drawn.
        on_step: told of each step's denoised latents.
        unipc: its form.
    """
    steps = len(sigmas) - 1
    step: Step | None = None
    past: list[Evaluation] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, x.new_full((x.shape[0],), sigma))
        on_step(i, denoised)
        if sigma_next == 0:
            return denoised
        if step is not None:
            x = step.correct(denoised)
        past = [Evaluation(-math.log(sigma), denoised), *past][: min(unipc.order, LARGEST_ORDER)]

        order = min(len(past), steps - i) if unipc.lower_order_final else len(past)
        step = Step(x, past[:order], -math.log(sigma_next), unipc.variant)
        x = step.predict()
    return to_unit_variance(x, sigmas)


class Step:
    """One step from x (B, C, h, w) at `past[0]` to `time`; its order is the number of evaluations in `past`."""

    def __init__(self, x: Tensor, past: list[Evaluation], time: float, variant: str) -> None:
        now = past[0]
        h = time - now.time
        self._h = h
        self._variant = variant
        self._newest = now.denoised
        self._ratios = [(before.time - now.time) / h for before in past[1:]]
        self._differences = [
            (before.denoised - now.denoised) / ratio for before, ratio in zip(past[1:], self._ratios, strict=True)
        ]
        self._first_order = math.exp(-h) * x - math.expm1(-h) * now.denoised

    def predict(self) -> Tensor:
        """Return x at the end of the step from what is known."""
        weights = varying_weights if self._variant == "vary_coeff" else self._bh_weights
        return self._add(weights(self._h, self._ratios), self._differences)

    def correct(self, denoised: Tensor) -> Tensor:
        """Return x at the end of the step once the model was asked there."""
        weights = varying_corrector_weights if self._variant == "vary_coeff" else self._bh_weights
        differences = [*self._differences, denoised - self._newest]
        return self._add(weights(self._h, [*self._ratios, 1.0]), differences)

    def _add(self, weights: list[float], differences: list[Tensor]) -> Tensor:
        x = self._first_order
        for weight, difference in zip(weights, differences, strict=True):
            x = x - weight * difference
        return x

    def _bh_weights(self, h: float, ratios: list[float]) -> list[float]:
        return bh_weights(h, ratios, -h if self._variant == "bh1" else math.expm1(-h))


def bh_weights(h: float, ratios: list[float], b: float) -> list[float]:
    """Return the weight of each difference for B(h) = b: equation 5 of the paper, R a = phi / B.

    With one difference alone the weight is half, which needs no matrix and keeps the order (section 3.2).
    """
    count = len(ratios)
    if count <= 1:
        return [0.5 * b] * count
    powers = torch.tensor([[ratio**power for ratio in ratios] for power in range(count)], dtype=torch.float64)
    phis = [math.factorial(k) * phi for k, phi in enumerate(phi_functions(-h, count), start=1)]
    return torch.linalg.solve(powers, torch.tensor(phis, dtype=torch.float64)).tolist()


def varying_weights(h: float, ratios: list[float]) -> list[float]:
    """Return the weight of each difference with varying coefficients: the inverse of C in the paper's appendix C."""
    phis = torch.tensor(phi_functions(-h, len(ratios)), dtype=torch.float64)
    return (phis @ _inverse_of_c(ratios)).tolist()


def varying_corrector_weights(h: float, ratios: list[float]) -> list[float]:
    """Return the weights of the corrector as the authors' code and A1111 have them; the last ratio is 1.

    They are not those of `varying_weights`: the older differences leave out the last row of the inverse, and the newest
    takes the row before it alone. Pictures made with them are to come out again.
    """
    phis = torch.tensor(phi_functions(-h, len(ratios)), dtype=torch.float64)
    inverse = _inverse_of_c(ratios)
    older = phis[:-1] @ inverse[:-1, :-1]
    newest = phis[-1] * inverse[max(len(ratios) - 2, 0), -1]
    return [*older.tolist(), newest.item()]


def _inverse_of_c(ratios: list[float]) -> Tensor:
    count = len(ratios)
    rows = [[ratio**k / math.factorial(k + 1) for k in range(count)] for ratio in ratios]
    return torch.linalg.inv(torch.tensor(rows, dtype=torch.float64).reshape(count, count))


def phi_functions(x: float, count: int) -> list[float]:
    """Return x * phi_k(x) for k = 2 .. count + 1, where phi_1 = (e**x - 1) / x and phi_k+1 = (phi_k - 1 / k!) / x.

    By its series, sum of x**j / (j + k)! over j from 0, which keeps its digits where x is small.
    """
    return [sum(x ** (j + 1) / math.factorial(j + k) for j in range(PHI_TERMS)) for k in range(2, count + 2)]
