"""Euler's method, plain and ancestral."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import Churn, ancestral_step, at
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_euler(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    churn: Churn = Churn(),  # noqa: B008 - frozen
) -> Tensor:
    """Euler steps along the probability-flow ODE.

    Source: Karras et al. 2022, arXiv:2206.00364, Algorithm 2 without its second-order correction.

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

        slope = (x - denoised) / sigma_hat
        x = x + slope * (sigma_next - sigma_hat)
    return x


@torch.inference_mode()
def sample_euler_ancestral(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback, eta: float = 1.0
) -> Tensor:
    """Euler steps that add part of the noise back after each step.

    Source: Karras et al. 2022, arXiv:2206.00364, Algorithm 2; ancestral split of k-diffusion.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: unit noise of x's shape, one draw a step.
        on_step: told of each step's denoised latents.
        eta: share of ancestral noise; 0 is plain Euler.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        slope = (x - denoised) / sigma
        x = x + slope * (sigma_down - sigma)
        if sigma_next > 0:
            x = x + noise() * sigma_up
    return x
