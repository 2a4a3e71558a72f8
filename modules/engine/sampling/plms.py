"""PLMS: pseudo linear multistep, the default of the first Stable Diffusion."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.ddim import to_unit_variance
from modules.engine.types import Denoiser, NoiseSource, StepCallback

ADAMS_BASHFORTH = (
    (1.0,),
    (3 / 2, -1 / 2),
    (23 / 12, -16 / 12, 5 / 12),
    (55 / 24, -59 / 24, 37 / 24, -9 / 24),
)
"""Weights of the newest slope and those before it, by how many there are."""


@torch.inference_mode()
def sample_plms(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback) -> Tensor:
    """Adams-Bashforth up to fourth order on the noise, as if timesteps were evenly spaced in sigma.

    Source: Liu et al. 2022, arXiv:2202.09778, equation 12, with the first step of latent diffusion: the improved Euler
    method, which calls the model once more.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), of variance 1 + sigmas[0]**2.
        sigmas: noise levels (steps + 1,), falling.
        noise: not drawn.
        on_step: told of each step's denoised latents.
    """
    slopes: list[Tensor] = []
    slope = torch.zeros_like(x)
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        if sigma_next < sigma or i == 0:  # a step that goes nowhere needs no model
            slopes = [_slope(denoiser, x, sigma), *slopes[:3]]
            slope = sum((w * s for w, s in zip(ADAMS_BASHFORTH[len(slopes) - 1], slopes, strict=True)), 0 * x)
        if i == 0 and sigma_next > 0:
            slope = (slope + _slope(denoiser, x + slope * (sigma_next - sigma), sigma_next)) / 2
        on_step(i, x - slope * sigma)
        x = x + slope * (sigma_next - sigma)
    return to_unit_variance(x, sigmas)


def _slope(denoiser: Denoiser, x: Tensor, sigma: float) -> Tensor:
    """dx/dsigma, which is the noise the model sees."""
    return (x - denoiser(x, x.new_full((x.shape[0],), sigma))) / sigma
