"""Restart: after the noise has gone below a level, go back up to a higher one and come down again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.heun import heun_step
from modules.engine.sampling.steps import at
from modules.engine.types import Denoiser, NoiseSource, StepCallback

RESTART_FROM, RESTART_TO = 0.1, 2.0
"""The interval of sigma that is run again (t_min and t_max of the paper)."""


@torch.inference_mode()
def sample_restart(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback
) -> Tensor:
    """Heun steps, with an interval of noise levels run once or twice more from fresh noise.

    Source: Xu et al. 2023, arXiv:2306.14878, Algorithm 2.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0. Their ends and their number count: the levels between
            are those of `restart_path`.
        noise: unit noise of x's shape, one draw a restart.
        on_step: told of each step's denoised latents.
    """
    reached = sigmas[0].item()
    for i, (sigma, sigma_next) in enumerate(restart_path(sigmas.tolist())):
        if sigma > reached:
            x = x + noise() * math.sqrt(sigma**2 - reached**2)
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)
        x = heun_step(denoiser, x, denoised, sigma, sigma_next)
        reached = sigma_next
    return x


def restart_path(sigmas: list[float]) -> Iterator[tuple[float, float]]:
    """Yield (sigma, sigma_next) of each step, as many as `sigmas` has steps.

    Below 20 steps nothing is restarted. From 20 on 9 steps go into one restart, from 36 on a quarter into each of two;
    the others are spread anew by Karras's schedule over the same range.
    """
    steps = len(sigmas) - 1
    if steps < 20:
        yield from pairwise(sigmas)
        return
    length, times = (9, 1) if steps < 36 else (steps // 4, 2)
    levels = [*karras_levels(steps - length * times, sigmas[-2], sigmas[0]), sigmas[-1]]
    bottom, top = _nearest(levels, RESTART_FROM), _nearest(levels, RESTART_TO)
    if top >= bottom:
        yield from pairwise(sigmas)
        return
    yield from pairwise(levels[: bottom + 1])
    for _ in range(times):
        yield from pairwise(karras_levels(length + 1, levels[bottom], levels[top]))
    yield from pairwise(levels[bottom:])


def karras_levels(count: int, low: float, high: float, rho: float = 7.0) -> list[float]:
    """Return `count` levels (at least 2) from high to low. Source: Karras et al. 2022, equation 5."""
    first, last = high ** (1 / rho), low ** (1 / rho)
    between = [(first + i / (count - 1) * (last - first)) ** rho for i in range(1, count - 1)]
    return [high, *between, low]


def _nearest(levels: list[float], sigma: float) -> int:
    return min(range(len(levels)), key=lambda i: abs(levels[i] - sigma))
