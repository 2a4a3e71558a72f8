"""DPM-Solver++: exponential integrators in the data prediction.

Source: Lu et al. 2022, arXiv:2211.01095; formulation and first-step rule of k-diffusion (MIT).
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import ancestral_step, at, toward
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_dpmpp_2m(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback
) -> Tensor:
    """DPM-Solver++(2M): second order by the denoised latents of the step before.

    Source: Lu et al. 2022, Algorithm 2, with t = -log(sigma), in which alpha is 1.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
    """
    denoised_before: Tensor | None = None
    h_before = 0.0
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)

        if sigma_next == 0:
            return denoised
        h = math.log(sigma) - math.log(sigma_next)
        if denoised_before is None:
            target = denoised
        else:
            r = h_before / h
            target = (1 + 1 / (2 * r)) * denoised - (1 / (2 * r)) * denoised_before
        x = toward(x, target, sigma, sigma_next)
        denoised_before, h_before = denoised, h
    return x


@torch.inference_mode()
def sample_dpmpp_2s_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S): second order by the denoised latents in the middle of the step; noise is added after each step.

    Source: Lu et al. 2022, Algorithm 1 with r = 1/2; ancestral split of k-diffusion.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: unit noise of x's shape, one draw a step but the last.
        on_step: told of each step's denoised latents.
        eta: share of ancestral noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        if sigma_down > 0:
            middle = math.sqrt(sigma * sigma_down)
            denoised = denoiser(toward(x, denoised, sigma, middle), at(middle, x))
        x = toward(x, denoised, sigma, sigma_down)
        if sigma_next > 0:
            x = x + noise() * noise_scale * sigma_up
    return x
