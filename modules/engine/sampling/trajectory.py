"""Which noise levels a run goes through, from where to where, and what it starts from.

Behaviour of A1111 1.8: `tests/golden/test_sigmas.py` compares the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.registry import Sampler
from modules.engine.sampling.sigmas import Schedule, SigmaSettings
from modules.engine.sampling.timesteps import ddim_timesteps

LARGEST_STRENGTH = 0.999


@dataclass(frozen=True)
class Tail:
    """The last part of a run, over which a picture is changed.

    Attributes:
        noised_at: sigma of the noise that is added to the picture's latents.
        sigmas: noise levels (steps + 1,), falling, that the sampler runs over. With one alone, nothing is left to do.
    """

    noised_at: float
    sigmas: Tensor


def run_sigmas(
    sampler: Sampler, schedule: Schedule, levels: NoiseLevels, steps: int, settings: SigmaSettings
) -> Tensor:
    """Return the noise levels (steps + 1,) of a whole run, float32 on the CPU, falling.

    Samplers with timesteps of their own may take a step more than asked for, and end at the model's smallest level.
    """
    if steps < 1:
        return torch.zeros(1)
    if sampler.own_schedule:
        return sampler.own_schedule(levels, ddim_timesteps(steps), settings, whole=True)
    if sampler.distilled_timesteps:
        levels = levels.thinned(sampler.distilled_timesteps)
    discards = sampler.discards_penultimate or settings.discard_penultimate
    sigmas = schedule.with_final_zero(levels, steps + discards, settings)
    return torch.cat([sigmas[:-2], sigmas[-1:]]) if discards else sigmas


def tail(
    sampler: Sampler, schedule: Schedule, levels: NoiseLevels, steps: int, t_enc: int, settings: SigmaSettings
) -> Tail:
    """Return what img2img and the hires pass run: see `img2img_steps` for `steps` and `t_enc`.

    The last t_enc + 1 steps of the run. Samplers with timesteps of their own run t_enc steps, from the timestep below
    the one whose noise was added.
    """
    if sampler.own_schedule and steps > 0:
        timesteps = ddim_timesteps(steps)
        sigmas = sampler.own_schedule(levels, timesteps[:t_enc], settings, whole=False)
        return Tail(levels.sigmas[timesteps[min(t_enc, len(timesteps) - 1)]].item(), sigmas)
    sigmas = run_sigmas(sampler, schedule, levels, steps, settings)
    place, steps_taken = max(0, steps - t_enc - 1), len(sigmas) - 1
    if steps_taken < steps:  # a schedule that has no more levels
        place = place * steps_taken // steps
    return Tail(sigmas[place].item(), sigmas[place:])


def img2img_steps(steps: int, strength: float, *, exact: bool) -> tuple[int, int]:
    """Turn steps and denoising strength into (steps of the whole run, index t_enc of the step to start from).

    Args:
        steps: asked for.
        strength: denoising strength 0..1.
        exact: run `steps` steps (the setting for it, and the hires pass), else only the strength's share of them.
    """
    strength = min(strength, LARGEST_STRENGTH)
    if exact:
        return (int(steps / strength) if strength > 0 else 0), steps - 1
    return steps, int(strength * steps)


def first_latents(noise: Tensor, sigmas: Tensor, sampler: Sampler, settings: SigmaSettings) -> Tensor:
    """Scale unit noise (B, C, h, w) to what the first level of `sigmas` wants."""
    sigma = sigmas[0].item()
    if sampler.starts_at_unit_variance or settings.unit_variance:
        return noise * math.sqrt(1 + sigma**2)
    return noise * sigma


def noised(latents: Tensor, noise: Tensor, tail: Tail, extra_noise: float = 0.0) -> Tensor:
    """Return a picture's latents with noise, ready for the run of `tail`; all (B, C, h, w).

    Where the run begins below the level of the noise (DDIM and its kind), the latents are brought to the variance that
    the model expects there.
    """
    x = latents + noise * (tail.noised_at + extra_noise)
    first = tail.sigmas[0].item()
    if first == tail.noised_at:
        return x
    return x * math.sqrt((1 + first**2) / (1 + tail.noised_at**2))
