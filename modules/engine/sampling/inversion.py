"""Sampling backwards: the noise from which a picture would have come."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.steps import at
from modules.engine.types import Denoiser, StepCallback


@torch.inference_mode()
def recover_noise(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, adjusted: bool, on_step: StepCallback) -> Tensor:
    """Return unit noise (B, C, h, w) that the sampler Euler turns into the given latents, or nearly so.

    Euler steps along the probability-flow ODE from no noise to the most, which is DDIM inversion.

    Source: Song et al. 2020, arXiv:2010.02502, section 4.3; Karras et al. 2022, arXiv:2206.00364, equation 4.

    Args:
        denoiser: guided model of the prompt that describes the picture.
        x: latents of the picture (B, C, h, w).
        sigmas: noise levels (steps + 1,), rising; the first is 0.
        adjusted: ask the model at the level where a step begins, and scale by the last level ("Sigma adjustment");
            else at the level where it ends, and scale each image to a standard deviation of 1.
        on_step: told of each step's denoised latents.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        asked = sigma if adjusted else sigma_next
        if asked == 0:  # there is no slope where there is no noise
            continue
        denoised = denoiser(x, at(asked, x))
        x = x + (x - denoised) / asked * (sigma_next - sigma)
        on_step(i, denoised)
    return x / sigmas[-1].item() if adjusted else x / x.std(dim=(1, 2, 3), keepdim=True)
