"""The samplers, in menu order, and how their names are read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from modules.core.registry import Registry
from modules.engine.sampling.dpmpp import sample_dpmpp_2m
from modules.engine.sampling.euler import sample_euler, sample_euler_ancestral
from modules.engine.sampling.sigmas import SCHEDULES
from modules.engine.sampling.timesteps import OwnSchedule


@dataclass(frozen=True)
class Sampler:
    """A sampler.

    Attributes:
        sample: f(denoiser, x, sigmas, *, noise, on_step, ...) -> latents; see euler.py.
        aliases: other names; the first is the one old API clients use.
        automatic_schedule: the schedule that "Automatic" means for it.
        adds_noise: it draws noise in its steps, so that the noise seed delta (ENSD) matters.
        second_order: it calls the model twice a step, so that prompts are scheduled over twice the steps.
        discards_penultimate: it runs steps + 1 levels of its schedule without the last but one.
        own_schedule: its noise levels come from timesteps of its own by this; the schedule chosen is ignored.
        starts_at_unit_variance: its first latents are noise * sqrt(1 + sigma**2), not noise * sigma.
        blends_before: inpainting blends before each call of the model, not after.
        distilled_timesteps: how many of the 1000 timesteps a distilled model was trained on; 0 is all.
        solver_type: the API's word for the variant of its step, if there are several.
    """

    name: str
    sample: Callable[..., Tensor]
    aliases: tuple[str, ...] = ()
    automatic_schedule: str = "uniform"
    adds_noise: bool = False
    second_order: bool = False
    discards_penultimate: bool = False
    own_schedule: OwnSchedule | None = None
    starts_at_unit_variance: bool = False
    blends_before: bool = False
    distilled_timesteps: int = 0
    solver_type: str | None = None

    @property
    def takes_brownian_noise(self) -> bool:
        """Say whether its noise comes from a Brownian tree."""
        return self.takes("brownian")

    def takes(self, parameter: str) -> bool:
        """Say whether its function has that keyword."""
        return parameter in inspect.signature(self.sample).parameters


SAMPLERS: Registry[Sampler] = Registry("sampler")
SAMPLERS.add(
    Sampler("DPM++ 2M", sample_dpmpp_2m, aliases=("k_dpmpp_2m",), automatic_schedule="karras"),
    Sampler("Euler a", sample_euler_ancestral, aliases=("k_euler_a", "k_euler_ancestral"), adds_noise=True),
    Sampler("Euler", sample_euler, aliases=("k_euler",)),
)


def split_sampler_name(name: str) -> tuple[str, str | None]:
    """Split an old combined name: "DPM++ 2M Karras" is the sampler "DPM++ 2M" with the schedule "karras".

    A name that is a sampler's own, or ends in no schedule, comes back whole with None.
    """
    if name in SAMPLERS:
        return name, None
    for schedule in SCHEDULES:
        for suffix in (schedule.label, schedule.name):
            if name.casefold().endswith(" " + suffix.casefold()):
                return name[: -len(suffix) - 1], schedule.name
    return name, None
