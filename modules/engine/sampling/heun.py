"""Heun's method: Euler's slope averaged with that at the step's end."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import Churn, at
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_heun(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    churn: Churn = Churn(),  # noqa: B008 - frozen
) -> Tensor:
    """Heun steps along the probability-flow ODE; two model calls a step, one in the last.

    Source: Karras et al. 2022, arXiv:2206.00364, Algorithm 2.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: unit noise of x's shape; drawn only with churn.
        on_step: told of each step's denoised latents.
        churn: noise put back before steps.
    """
    steps = len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        x, sigma_hat = churn.raise_noise(x, sigma, steps, noise)
        denoised = denoiser(x, at(sigma_hat, x))
        on_step(i, denoised)
        x = heun_step(denoiser, x, denoised, sigma_hat, sigma_next)
    return x


def heun_step(denoiser: Denoiser, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Step from sigma to sigma_next, where x is already denoised at sigma; a step to 0 is Euler's."""
    slope = (x - denoised) / sigma
    euler = x + slope * (sigma_next - sigma)
    if sigma_next == 0:
        return euler
    slope_there = (euler - denoiser(euler, at(sigma_next, x))) / sigma_next
    return x + (slope + slope_there) / 2 * (sigma_next - sigma)
