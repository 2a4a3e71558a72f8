"""The samplers, in menu order, and how their names are read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from modules.core.registry import Registry
from modules.engine.sampling.ddim import sample_ddim, sample_ddim_cfgpp
from modules.engine.sampling.dpm import sample_dpm_2, sample_dpm_2_ancestral
from modules.engine.sampling.dpm_adaptive import sample_dpm_adaptive
from modules.engine.sampling.dpm_solver import sample_dpm_fast
from modules.engine.sampling.dpmpp import sample_dpmpp_2m, sample_dpmpp_2s_ancestral
from modules.engine.sampling.dpmpp_sde import (
    sample_dpmpp_2m_sde,
    sample_dpmpp_2m_sde_heun,
    sample_dpmpp_3m_sde,
    sample_dpmpp_sde,
)
from modules.engine.sampling.euler import sample_euler, sample_euler_ancestral
from modules.engine.sampling.heun import sample_heun
from modules.engine.sampling.lcm import sample_lcm
from modules.engine.sampling.lms import sample_lms
from modules.engine.sampling.plms import sample_plms
from modules.engine.sampling.restart import sample_restart
from modules.engine.sampling.sigmas import SCHEDULES
from modules.engine.sampling.timesteps import OwnSchedule, ddim_levels, unipc_levels
from modules.engine.sampling.unipc import sample_unipc


@dataclass(frozen=True)
class Sampler:
    """A sampler.

    Attributes:
        sample: f(denoiser, x, sigmas, *, noise, on_step, ...) -> latents; see euler.py.
        aliases: other names; the first is the one old API clients use.
        automatic_schedule: the schedule that "Automatic" means for it.
        adds_noise: it draws noise in its steps, so that the noise seed delta (ENSD) matters; A1111 says so as well.
        adds_noise_unsaid: so it does, but A1111 does not write the delta down for it.
        second_order: it calls the model twice a step, so that prompts are scheduled over twice the steps.
        discards_penultimate: it runs steps + 1 levels of its schedule without the last but one.
        own_schedule: its noise levels come from timesteps of its own by this; the schedule chosen is ignored.
        starts_at_unit_variance: its first latents are noise * sqrt(1 + sigma**2), not noise * sigma.
        blends_before: inpainting blends before each call of the model, not after.
        distilled_timesteps: how many of the 1000 timesteps a distilled model was trained on; 0 is all.
        guidance_factor: the CFG scale is multiplied by it: the 1..12.5 of users is the 0..1 of CFG++.
        image_by_image: the model is called for each image of a batch by itself: see `ImageByImage`.
        solver_type: the API's word for the variant of its step, if there are several.
        schedule_before_1_9: the schedule that its name alone meant in A1111 1.8.
    """

    name: str
    sample: Callable[..., Tensor]
    aliases: tuple[str, ...] = ()
    automatic_schedule: str = "uniform"
    adds_noise: bool = False
    adds_noise_unsaid: bool = False
    second_order: bool = False
    discards_penultimate: bool = False
    own_schedule: OwnSchedule | None = None
    starts_at_unit_variance: bool = False
    blends_before: bool = False
    distilled_timesteps: int = 0
    guidance_factor: float = 1.0
    image_by_image: bool = False
    solver_type: str | None = None
    schedule_before_1_9: str = "uniform"

    @property
    def takes_brownian_noise(self) -> bool:
        """Say whether its noise comes from a Brownian tree."""
        return self.takes("brownian")

    def takes(self, parameter: str) -> bool:
        """Say whether its function has that keyword."""
        return parameter in inspect.signature(self.sample).parameters


OWN_TIMESTEPS: dict[str, Any] = {
    "own_schedule": ddim_levels,
    "starts_at_unit_variance": True,
    "blends_before": True,
}
"""What DDIM and its kind have in common."""

SAMPLERS: Registry[Sampler] = Registry("sampler")
SAMPLERS.add(
    Sampler("DPM++ 2M", sample_dpmpp_2m, ("k_dpmpp_2m",), "karras"),
    Sampler("DPM++ SDE", sample_dpmpp_sde, ("k_dpmpp_sde",), "karras", second_order=True),
    Sampler("DPM++ 2M SDE", sample_dpmpp_2m_sde, ("k_dpmpp_2m_sde_ka", "k_dpmpp_2m_sde"), "exponential"),
    Sampler(
        "DPM++ 2M SDE Heun",
        sample_dpmpp_2m_sde_heun,
        ("k_dpmpp_2m_sde_heun",),
        "exponential",
        solver_type="heun",
    ),
    Sampler("DPM++ 2S a", sample_dpmpp_2s_ancestral, ("k_dpmpp_2s_a",), "karras", adds_noise=True, second_order=True),
    Sampler("DPM++ 3M SDE", sample_dpmpp_3m_sde, ("k_dpmpp_3m_sde",), "exponential", discards_penultimate=True),
    Sampler("Euler a", sample_euler_ancestral, ("k_euler_a", "k_euler_ancestral"), adds_noise=True),
    Sampler("Euler", sample_euler, ("k_euler",)),
    Sampler("LMS", sample_lms, ("k_lms",)),
    Sampler("Heun", sample_heun, ("k_heun",), second_order=True),
    Sampler("DPM2", sample_dpm_2, ("k_dpm_2",), "karras", discards_penultimate=True, second_order=True),
    Sampler(
        "DPM2 a",
        sample_dpm_2_ancestral,
        ("k_dpm_2_a",),
        "karras",
        adds_noise=True,
        discards_penultimate=True,
        second_order=True,
    ),
    Sampler("DPM fast", sample_dpm_fast, ("k_dpm_fast",), adds_noise=True),
    Sampler("DPM adaptive", sample_dpm_adaptive, ("k_dpm_ad",), adds_noise=True, image_by_image=True),
    Sampler(
        "Restart",
        sample_restart,
        ("restart",),
        "karras",
        adds_noise_unsaid=True,
        second_order=True,
        schedule_before_1_9="karras",
    ),
    Sampler("DDIM", sample_ddim, ("ddim",), **OWN_TIMESTEPS),
    Sampler("DDIM CFG++", sample_ddim_cfgpp, ("ddim_cfgpp",), guidance_factor=1 / 12.5, **OWN_TIMESTEPS),
    Sampler("PLMS", sample_plms, ("plms",), **OWN_TIMESTEPS),
    Sampler("UniPC", sample_unipc, ("unipc",), **{**OWN_TIMESTEPS, "own_schedule": unipc_levels}),
    Sampler("LCM", sample_lcm, ("k_lcm",), adds_noise_unsaid=True, distilled_timesteps=50),
)


def split_sampler_name(name: str) -> tuple[str, str | None]:
    """Split an old combined name: "DPM++ 2M Karras" is the sampler "DPM++ 2M" with the schedule "karras".

    A name that is a sampler's own, or ends in no schedule, comes back whole with None.
    """
    if name in SAMPLERS:
        return name, None
    suffixes = {
        suffix.casefold(): schedule.name for schedule in SCHEDULES for suffix in (schedule.name, *schedule.aliases)
    }
    for suffix in sorted(suffixes, key=len, reverse=True):
        if name.casefold().endswith(" " + suffix):
            return name[: -len(suffix) - 1], suffixes[suffix]
    return name, None
