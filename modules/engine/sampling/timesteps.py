"""The timesteps of samplers that do not follow a schedule: DDIM, PLMS, UniPC."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.sigmas import SigmaSettings

TRAINING_STEPS = 1000


class OwnSchedule(Protocol):
    """From timesteps to the noise levels of a run, (steps + 1,), falling."""

    def __call__(
        self, levels: NoiseLevels, timesteps: list[int], settings: SigmaSettings, *, whole: bool
    ) -> Tensor: ...


def ddim_timesteps(steps: int) -> list[int]:
    """Return timesteps 1..999, rising, evenly spaced, at least `steps` up to 1000 of them.

    Source: Song et al. 2020, arXiv:2010.02502, section 4.2, counted from 1 as in the original code of latent diffusion.
    A number of steps that does not divide 1000 gives more.
    """
    return [min(t + 1, TRAINING_STEPS - 1) for t in range(0, TRAINING_STEPS, max(1, TRAINING_STEPS // steps))]


def ddim_levels(levels: NoiseLevels, timesteps: list[int], settings: SigmaSettings, *, whole: bool) -> Tensor:
    """The levels of the timesteps, the last of them twice: A1111's last step goes nowhere.

    So the run ends at timestep 1. Found by measuring: with any other end its pictures do not come out.
    """
    return levels.sigmas[torch.tensor([*reversed(timesteps), 1])]


def unipc_levels(levels: NoiseLevels, timesteps: list[int], settings: SigmaSettings, *, whole: bool) -> Tensor:
    """As many steps as there are timesteps, from the last of all (of them, in a tail) to timestep 0.

    Source: Zhao et al. 2023, arXiv:2302.04867; the spacings of DPM-Solver, arXiv:2206.00927. Time t of the papers is
    (timestep + 1) / 1000.
    """
    if not timesteps:
        return levels.sigmas[:1]
    end, start = 1 / TRAINING_STEPS, 1.0 if whole else (timesteps[-1] + 1) / TRAINING_STEPS
    points = len(timesteps) + 1
    if settings.skip_type == "logSNR":
        first = levels.sigmas[round(start * TRAINING_STEPS) - 1].item()
        return torch.linspace(math.log(first), math.log(levels.smallest), points).exp()
    if settings.skip_type == "time_quadratic":
        times = torch.linspace(start**0.5, end**0.5, points, dtype=torch.float64) ** 2
    else:
        times = torch.linspace(start, end, points, dtype=torch.float64)
    return _between(levels, times * TRAINING_STEPS - 1)


def _between(levels: NoiseLevels, timesteps: Tensor) -> Tensor:
    """Return the sigmas of fractional timesteps, interpolated in the logarithm of alpha_bar."""
    log_alphas = -torch.log1p(levels.sigmas.double() ** 2)
    timesteps = timesteps.clamp(0, len(log_alphas) - 1)
    low = timesteps.floor().long()
    high = timesteps.ceil().long()
    log_alpha = torch.lerp(log_alphas[low], log_alphas[high], timesteps.frac())
    return torch.expm1(-log_alpha).sqrt().float()
