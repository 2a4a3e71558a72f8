"""Noise schedules by name: which noise level sigma each step starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.core.errors import InputError
from modules.core.registry import Registry
from modules.engine.sampling import aligned, spacing
from modules.engine.sampling.beta import beta_spacing
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.spacing import Span

OLD_KARRAS_RANGE = (0.1, 10.0)
"""Sigma range of A1111's first Karras schedules, an option for old pictures."""


@dataclass(frozen=True)
class SigmaSettings:
    """What a user may change about the noise levels of a run; 0 takes the usual value.

    Attributes:
        sigma_min: the smallest noise level before the final 0.
        sigma_max: the largest.
        rho: the exponent of Karras (7) and Polyexponential (1).
        discard_penultimate: for every sampler, leave out the last level before 0.
        unit_variance: start from noise * sqrt(1 + sigma**2) with every sampler.
        old_range: `OLD_KARRAS_RANGE` instead of the model's, where sigma_min and sigma_max say nothing.
        beta: parameters of the Beta schedule's distribution.
        skip_type: how UniPC spaces its timesteps: time_uniform, time_quadratic or logSNR.
        sdxl: the model is an SDXL.
    """

    sigma_min: float = 0.0
    sigma_max: float = 0.0
    rho: float = 0.0
    discard_penultimate: bool = False
    unit_variance: bool = False
    old_range: bool = False
    beta: tuple[float, float] = (0.6, 0.6)
    skip_type: str = "time_uniform"
    sdxl: bool = False


@dataclass(frozen=True)
class Schedule:
    """A noise schedule.

    Attributes:
        name: the API's word.
        label: the menu's.
        space: from a span to sigmas.
        other_names: accepted besides; as the API's `aliases`.
        default_rho: -1 if it has no such exponent.
        needs_inner_model: it looks at the model's timesteps and not only at the range of sigma.
        takes_range: the smallest and largest sigma matter to it.
        ends_at_zero: `space` leaves the final 0 out, to be added.
    """

    name: str
    label: str
    space: Callable[[Span], Tensor]
    other_names: tuple[str, ...] = ()
    default_rho: float = -1.0
    needs_inner_model: bool = False
    takes_range: bool = True
    ends_at_zero: bool = True

    @property
    def aliases(self) -> tuple[str, ...]:
        return (self.label, *self.other_names)

    def with_final_zero(self, levels: NoiseLevels, steps: int, settings: SigmaSettings = SigmaSettings()) -> Tensor:
        """Return sigmas, float32 on the CPU, falling, the last 0.

        They are steps + 1, but for schedules that take a step more or less ("DDIM") and for so many steps that levels
        of 32 bits do not tell them apart; such ones are run once. KL Optimal ends at the smallest sigma.

        Raises:
            InputError: the settings leave no range.
        """
        sigmas = self.space(self._span(levels, steps, settings)).float()
        if self.ends_at_zero:
            sigmas = torch.cat([sigmas, sigmas.new_zeros(1)])
        return torch.unique_consecutive(sigmas)

    def _span(self, levels: NoiseLevels, steps: int, settings: SigmaSettings) -> Span:
        low, high = OLD_KARRAS_RANGE if settings.old_range else (levels.smallest, levels.largest)
        low, high = settings.sigma_min or low, settings.sigma_max or high
        if self.takes_range and not 0 < low < high:
            raise InputError(f"The smallest noise level ({low:g}) must be below the largest ({high:g}).")
        return Span(
            levels=levels,
            steps=steps,
            low=low,
            high=high,
            rho=settings.rho or self.default_rho,
            beta=settings.beta,
            sdxl=settings.sdxl,
        )


AUTOMATIC = "Automatic"
"""The menu's word for the schedule that a sampler prefers."""

SCHEDULES: Registry[Schedule] = Registry("schedule")
SCHEDULES.add(
    Schedule("uniform", "Uniform", spacing.uniform, needs_inner_model=True, takes_range=False),
    Schedule("karras", "Karras", spacing.karras, default_rho=7.0),
    Schedule("exponential", "Exponential", spacing.exponential),
    Schedule("polyexponential", "Polyexponential", spacing.polyexponential, default_rho=1.0),
    Schedule("sgm_uniform", "SGM Uniform", spacing.sgm_uniform, ("SGMUniform",), needs_inner_model=True),
    Schedule("kl_optimal", "KL Optimal", spacing.kl_optimal, ends_at_zero=False),
    Schedule("align_your_steps", "Align Your Steps", aligned.align_your_steps, takes_range=False),
    Schedule("simple", "Simple", spacing.simple, needs_inner_model=True, takes_range=False),
    Schedule("normal", "Normal", spacing.normal, needs_inner_model=True),
    Schedule("ddim", "DDIM", spacing.ddim, needs_inner_model=True, takes_range=False),
    Schedule("beta", "Beta", beta_spacing, needs_inner_model=True),
    Schedule("turbo", "Turbo", spacing.turbo, needs_inner_model=True, takes_range=False),
    Schedule("align_your_steps_11", "Align Your Steps 11", aligned.align_your_steps, takes_range=False),
    Schedule("align_your_steps_32", "Align Your Steps 32", aligned.align_your_steps_32, takes_range=False),
)
