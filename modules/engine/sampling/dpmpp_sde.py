"""DPM-Solver++ for the diffusion SDE: noise from a Brownian path, so that more steps refine the same picture.

Source: Lu et al. 2022, arXiv:2211.01095, appendix on the SDE; the third order and the second order with two stages are
k-diffusion's (MIT). Time is t = -log(sigma), in which alpha is 1; h is the length of a step in it.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from modules.engine.sampling.brownian import BrownianSource
from modules.engine.sampling.steps import ancestral_step, at, toward
from modules.engine.types import Denoiser, NoiseSource, StepCallback


@torch.inference_mode()
def sample_dpmpp_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    brownian: BrownianSource,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver++(SDE), second order in two stages: one in the middle of the step, one over the whole of it.

    Source: k-diffusion's `dpmpp_sde` with r = 1/2, where only the second stage's denoised latents count.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
        brownian: unit noise of x's shape for the way between two sigmas.
        eta: share of ancestral noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    # By way of t and back, as k-diffusion has them: a Brownian path tells levels apart that differ by a rounding error.
    times = -sigmas.log()
    asked = (-times).exp().tolist()
    middles = (-(times[:-1] + (times[1:] - times[:-1]) / 2)).exp().tolist()
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)
        if sigma_next == 0:
            return denoised

        middle = middles[i]
        sigma_down, sigma_up = ancestral_step(sigma, middle, eta)
        x_middle = toward(x, denoised, sigma, sigma_down)
        if sigma_up > 0:
            x_middle = x_middle + brownian(asked[i], middle) * noise_scale * sigma_up
        denoised = denoiser(x_middle, at(middle, x))

        sigma_down, sigma_up = ancestral_step(sigma, sigma_next, eta)
        x = toward(x, denoised, sigma, sigma_down)
        if sigma_up > 0:
            x = x + brownian(asked[i], asked[i + 1]) * noise_scale * sigma_up
    return x


@torch.inference_mode()
def sample_dpmpp_2m_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    brownian: BrownianSource,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2M) SDE with the correction of the midpoint method.

    Source: Lu et al. 2022, "SDE-DPM-Solver++(2M)".

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
        brownian: unit noise of x's shape for the way between two sigmas.
        eta: share of noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    before, h_before = None, 1.0
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)
        if sigma_next == 0:
            return denoised

        h = math.log(sigma / sigma_next)
        x = sde_step(x, denoised, sigma, sigma_next, eta)
        if before is not None:
            x = x - math.expm1(-h - eta * h) / 2 * (h / h_before) * (denoised - before)
        x = x + sde_noise(brownian, sigma, sigma_next, eta, noise_scale)
        before, h_before = denoised, h
    return x


@torch.inference_mode()
def sample_dpmpp_2m_sde_heun(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    brownian: BrownianSource,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2M) SDE with the correction of Heun's method.

    Source: Lu et al. 2022, "SDE-DPM-Solver++(2M)", with the integral of the linear term taken exactly (k-diffusion).

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
        brownian: unit noise of x's shape for the way between two sigmas.
        eta: share of noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    before, h_before = None, 1.0
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)
        if sigma_next == 0:
            return denoised

        h = math.log(sigma / sigma_next)
        x = sde_step(x, denoised, sigma, sigma_next, eta)
        if before is not None:
            x = x + phi_2(h + eta * h) * (h / h_before) * (denoised - before)
        x = x + sde_noise(brownian, sigma, sigma_next, eta, noise_scale)
        before, h_before = denoised, h
    return x


@torch.inference_mode()
def sample_dpmpp_3m_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: NoiseSource,
    on_step: StepCallback,
    brownian: BrownianSource,
    eta: float = 1.0,
    noise_scale: float = 1.0,
) -> Tensor:
    """DPM-Solver++(3M) SDE: third order by the denoised latents of the two steps before.

    Source: k-diffusion's `dpmpp_3m_sde` (MIT), after Lu et al. 2022, arXiv:2211.01095, appendix on multistep solvers.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling; the last is 0.
        noise: not drawn.
        on_step: told of each step's denoised latents.
        brownian: unit noise of x's shape for the way between two sigmas.
        eta: share of noise; 0 adds none.
        noise_scale: scale of the noise added.
    """
    before: list[tuple[Tensor, float]] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas.tolist())):
        denoised = denoiser(x, at(sigma, x))
        on_step(i, denoised)
        if sigma_next == 0:
            return denoised

        h = math.log(sigma / sigma_next)
        x = sde_step(x, denoised, sigma, sigma_next, eta)
        length = h + eta * h
        if len(before) == 2:
            (denoised_1, h_1), (denoised_2, h_2) = before
            r0, r1 = h_1 / h, h_2 / h
            slope_0, slope_1 = (denoised - denoised_1) / r0, (denoised_1 - denoised_2) / r1
            curvature = (slope_0 - slope_1) / (r0 + r1)
            x = x + phi_2(length) * (slope_0 + curvature * r0) - phi_3(length) * curvature
        elif before:
            denoised_1, h_1 = before[0]
            x = x + phi_2(length) * (denoised - denoised_1) * (h / h_1)
        x = x + sde_noise(brownian, sigma, sigma_next, eta, noise_scale)
        before = [(denoised, h), *before[:1]]
    return x


def sde_step(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, eta: float) -> Tensor:
    """Step as if the denoised latents stayed the same, to where the step's noise is still to be added."""
    share = (sigma_next / sigma) ** (1 + eta)
    return share * x + (1 - share) * denoised


def sde_noise(
    brownian: BrownianSource, sigma: float, sigma_next: float, eta: float, noise_scale: float
) -> Tensor | float:
    """Return the noise of a step, 0 if there is none."""
    if eta == 0:
        return 0.0
    deviation = sigma_next * math.sqrt(1 - (sigma_next / sigma) ** (2 * eta))
    return brownian(sigma, sigma_next) * (deviation * noise_scale)


def phi_2(length: float) -> float:
    """(e^-z - 1) / z + 1, what a unit slope of the denoised latents adds over a step of length z."""
    return math.expm1(-length) / length + 1


def phi_3(length: float) -> float:
    """What a unit curvature takes away."""
    return phi_2(length) / length - 0.5
