"""DPM-Solver-2 steps in the manner of Karras et al.: a slope taken in the middle of the step."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import Churn, ancestral_step, at
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_dpm_2(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    churn: Churn = Churn(),  # noqa: B008 - frozen
) -> Tensor:
    """Midpoint steps in log sigma; two model calls a step, one in the last.

    Source: Lu et al. 2022, arXiv:2206.00927, Algorithm 1 with r1 = 1/2, written as slopes by k-diffusion (MIT), with
    the churn of Karras et al. 2022, arXiv:2206.00364, Algorithm 2.

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
        x = midpoint_step(denoiser, x, denoised, sigma_hat, sigma_next)
    return x


@torch.inference_mode()
def sample_dpm_2_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """Midpoint steps that add part of the noise back after each step.

    Source: like `sample_dpm_2`, with the ancestral split of k-diffusion.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: unit noise of x's shape, one draw a step but the last.
        on_step: told of each step's denoised latents.
        eta: share of ancestral noise; 0 is `sample_dpm_2`.
        noise_scale: scale of the noise added.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        x = midpoint_step(denoiser, x, denoised, sigma, sigma_down)
        if sigma_down > 0:
            x = x + noise() * noise_scale * sigma_up
    return x


def midpoint_step(denoiser: Denoiser, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Step from sigma to sigma_next, where x is already denoised at sigma; a step to 0 is Euler's."""
    slope = (x - denoised) / sigma
    if sigma_next == 0:
        return x + slope * (sigma_next - sigma)
    middle = math.sqrt(sigma * sigma_next)
    x_middle = x + slope * (middle - sigma)
    slope_middle = (x_middle - denoiser(x_middle, at(middle, x))) / middle
    return x + slope_middle * (sigma_next - sigma)
