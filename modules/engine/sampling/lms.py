"""Linear multistep: the slopes of the last steps, joined by a polynomial."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import at
from modules.engine.types import Denoiser, NoiseSource, StepCallback

ORDER = 4


@torch.inference_mode()
def sample_lms(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback) -> Tensor:
    """Adams-Bashforth steps of up to fourth order with steps of any length.

    Source: the LMS sampler of k-diffusion (MIT); Hairer, Norsett, Wanner, "Solving ODEs I", III.5.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
    """
    levels: list[float] = sigmas.tolist()
    slopes: deque[Tensor] = deque(maxlen=ORDER)
    for i, (sigma, sigma_next) in enumerate(pairwise(levels)):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)

        slopes.appendleft((x - denoised) / sigma)
        known = levels[i::-1][:ORDER]
        for slope, weight in zip(slopes, multistep_weights(known, sigma_next), strict=True):
            x = x + slope * weight
    return x


def multistep_weights(known: Sequence[float], sigma_next: float) -> list[float]:
    """Return what each slope contributes to the step from known[0] to sigma_next.

    It is the integral of the Lagrange polynomial that is 1 at that slope's sigma and 0 at the others. The polynomials
    are at most cubic, so Gauss's rule with two points is exact.
    """
    middle, half = (sigma_next + known[0]) / 2, (sigma_next - known[0]) / 2
    points = (middle - half / math.sqrt(3), middle + half / math.sqrt(3))
    return [half * sum(_lagrange(known, j, point) for point in points) for j in range(len(known))]


def _lagrange(known: Sequence[float], j: int, point: float) -> float:
    return math.prod((point - sigma) / (known[j] - sigma) for k, sigma in enumerate(known) if k != j)
