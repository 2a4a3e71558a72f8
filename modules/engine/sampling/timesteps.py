"""The timesteps of samplers that do not follow a schedule: DDIM, PLMS, UniPC."""

from __future__ import annotations

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
    """The levels of the timesteps, and at the end that of timestep 0, not 0 itself."""
    return levels.sigmas[torch.tensor([*reversed(timesteps), 0])]
