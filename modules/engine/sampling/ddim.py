"""DDIM and DDIM with CFG++, in the space whose noise has variance sigma**2.

There x = x_ddim * sqrt(1 + sigma**2), and DDIM's step becomes the ancestral Euler step: only the noise levels and both
ends differ. The run ends at a small level and not at 0, so the result is scaled back.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import ancestral_step
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_ddim(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback, eta: float = 0.0
) -> Tensor:
    """Denoising diffusion implicit models.

    Source: Song et al. 2020, arXiv:2010.02502, equations 12 and 16, divided by sqrt(alpha_bar) of the next step.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), of variance 1 + sigmas[0]**2.
        sigmas: noise levels (steps + 1,), falling; the last two may be the same.
        noise: unit noise of x's shape; drawn only with eta.
        on_step: told of each step's denoised latents.
        eta: share of noise, 1 being that of DDPM.
    """
    denoised = x
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        if sigma_next < sigma or i == 0:  # a step that goes nowhere needs no model
            denoised = denoiser(x, x.new_full((x.shape[0],), sigma))
        on_step(i, denoised)

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        x = denoised + (x - denoised) / sigma * sigma_down
        if sigma_up > 0:
            x = x + noise() * sigma_up
    return to_unit_variance(x, sigmas)


@torch.inference_mode()
def sample_ddim_cfgpp(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback, eta: float = 0.0
) -> Tensor:
    """DDIM whose noise is that of the negative prompt: the guided result stays on the model's manifold.

    Source: Chung et al. 2024, arXiv:2406.08070, Algorithm 2. The guidance scale is between 0 and 1 there.

    Args:
        denoiser: as for `sample_ddim`, with `last_uncond`: the denoised latents of the negative prompt in its latest
            call. A denoiser without guidance has none, and is its own.
        x: noisy latents (B, C, H/8, W/8), of variance 1 + sigmas[0]**2.
        sigmas: noise levels (steps + 1,), falling; the last two may be the same.
        noise: unit noise of x's shape; drawn only with eta.
        on_step: told of each step's denoised latents.
        eta: share of noise, 1 being that of DDPM.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, x.new_full((x.shape[0],), sigma))
        uncond: Tensor = getattr(denoiser, "last_uncond", denoised)
        on_step(i, denoised)

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        x = denoised + (x - uncond) / sigma * sigma_down
        if sigma_up > 0:
            x = x + noise() * sigma_up
    return to_unit_variance(x, sigmas)


def to_unit_variance(x: Tensor, sigmas: Tensor) -> Tensor:
    """Scale latents of variance 1 + sigmas[-1]**2 to variance 1."""
    return x / math.sqrt(1 + sigmas[-1].item() ** 2)
