"""LCM: each step jumps to the clean latents and puts the next level's noise on them."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import at
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_lcm(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback) -> Tensor:
    """Multistep consistency sampling.

    Source: Luo et al. 2023, arXiv:2310.04378, Algorithm 3; Song et al. 2023, arXiv:2303.01469, Algorithm 1. The paper
    blends the denoised latents with x so that nothing changes at timestep 0; at the timesteps a distilled model knows
    (19 and up) that is less than a part in 100,000 and is left out.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: unit noise of x's shape, one draw a step but the last.
        on_step: told of each step's denoised latents.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        x = denoiser(x, at(sigma, x))
        on_step(i, x)
        if sigma_next > 0:
            x = x + noise() * sigma_next
    return x
