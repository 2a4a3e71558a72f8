"""DPM-Solver with steps of one to three model calls, and DPM fast, which plans them for a number of calls.

Source: Lu et al. 2022, arXiv:2206.00927. Time is t = -log(sigma), in which alpha is 1. Times are (B, 1, 1, 1), so that
the images of a batch may be at different noise levels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.types import Denoiser, NoiseSource, StepCallback

SMALLEST_SIGMA = 0.029167
"""Stable Diffusion's smallest level, for runs of one step, whose sigmas name no other than the largest."""


class SolverStep:
    """The step from t to t_next in each order; the predictions in its course are shared between orders.

    Args:
        predict: (x, t) -> the noise in x.
        x: latents (B, C, h, w) at t.
        t: (B, 1, 1, 1), like t_next.
    """

    def __init__(self, predict: Callable[[Tensor, Tensor], Tensor], x: Tensor, t: Tensor, t_next: Tensor) -> None:
        self._predict = predict
        self._x, self._t, self._t_next = x, t, t_next
        self._noise = predict(x, t)
        self._noise_inside: dict[float, Tensor] = {}

    def first_order(self, share: float = 1.0) -> Tensor:
        """Return x after that share of the step. Source: equation 3.7 (DDIM)."""
        h = share * (self._t_next - self._t)
        return self._x - sigma_of(self._t + h) * h.expm1() * self._noise

    def second_order(self, r1: float = 1 / 2) -> Tensor:
        """Return x at t_next. Source: Algorithm 4 (DPM-Solver-2)."""
        growth = (self._t_next - self._t).expm1() * sigma_of(self._t_next)
        return self._x - growth * self._noise - growth / (2 * r1) * (self._at(r1) - self._noise)

    def third_order(self, r1: float = 1 / 3, r2: float = 2 / 3) -> Tensor:
        """Return x at t_next. Source: Algorithm 5 (DPM-Solver-3)."""
        h = self._t_next - self._t
        change = self._at(r1) - self._noise
        inside = self.first_order(r2) - self._curved(r2 * h, self._t + r2 * h) * (r2 / r1) * change
        change = self._predict(inside, self._t + r2 * h) - self._noise
        return self.first_order() - self._curved(h, self._t_next) / r2 * change

    def _at(self, share: float) -> Tensor:
        if share not in self._noise_inside:
            t = self._t + share * (self._t_next - self._t)
            self._noise_inside[share] = self._predict(self.first_order(share), t)
        return self._noise_inside[share]

    @staticmethod
    def _curved(h: Tensor, t: Tensor) -> Tensor:
        return sigma_of(t) * (h.expm1() / h - 1)


@torch.inference_mode()
def sample_dpm_fast(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver-fast: as many model calls as there are steps, in groups of three, evenly spaced in log sigma.

    Source: Lu et al. 2022, section 3.4 and appendix D.3; noise after each group by the ancestral split of k-diffusion.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling. Their number, the first and the last above 0 count.
        noise: unit noise of x's shape, one draw a group.
        on_step: told of each call's denoised latents.
        eta: share of ancestral noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    orders = fast_orders(len(sigmas) - 1)
    first, last = time_range(sigmas)
    times = torch.linspace(first, last, len(orders) + 1).to(x.device)
    predict = noise_prediction(denoiser, on_step)
    for order, (t, t_next) in zip(
        orders, pairwise(times.view(-1, 1, 1, 1, 1).expand(-1, len(x), 1, 1, 1)), strict=True
    ):
        t_down, sigma_up = ancestral_time(t, t_next, times[-1], eta)
        step = SolverStep(predict, x, t, t_down)
        x = (step.first_order, step.second_order, step.third_order)[order - 1]()
        if eta > 0:
            x = x + sigma_up * noise_scale * noise()
    return x


def fast_orders(calls: int) -> list[int]:
    """Return the orders of steps that make so many calls together: threes, and a rest of one or two in the end."""
    if calls % 3 == 0:
        return [3] * (calls // 3 - 1) + [2, 1]
    return [3] * (calls // 3) + [calls % 3]


def noise_prediction(denoiser: Denoiser, on_step: StepCallback) -> Callable[[Tensor, Tensor], Tensor]:
    """Return (x, t) -> the noise in x, which tells `on_step` of every call."""
    calls = 0

    def predict(x: Tensor, t: Tensor) -> Tensor:
        nonlocal calls
        sigma = sigma_of(t)
        denoised = denoiser(x, sigma.flatten())
        on_step(calls, denoised)
        calls += 1
        return (x - denoised) / sigma

    return predict


def sigma_of(t: Tensor) -> Tensor:
    return t.neg().exp()


def time_range(sigmas: Tensor) -> tuple[float, float]:
    """Return the first time of a run and that of its last level above 0."""
    largest, *others = [sigma for sigma in sigmas.tolist() if sigma > 0]
    return -math.log(largest), -math.log(others[-1] if others else min(SMALLEST_SIGMA, largest / 2))


def ancestral_time(t: Tensor, t_next: Tensor, t_end: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """Split a step from t to t_next (B, 1, 1, 1) into a longer one, never beyond t_end, and noise.

    Returns:
        (time to step to, standard deviation of the noise to add then).
    """
    if eta == 0:
        return t_next, torch.zeros_like(t_next)
    sigma, sigma_next = sigma_of(t), sigma_of(t_next)
    up = torch.minimum(sigma_next, eta * (sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2) ** 0.5)
    down = (sigma_next**2 - up**2) ** 0.5
    t_down = torch.minimum(t_end, -down.log())
    return t_down, (sigma_next**2 - sigma_of(t_down) ** 2).clamp(min=0) ** 0.5
