"""Which sampler and noise schedule a request means by the names it gives."""

from __future__ import annotations

from dataclasses import dataclass

from modules.core.errors import UnknownNameError
from modules.core.registry import shorten
from modules.engine.sampling.registry import SAMPLERS, Sampler, split_sampler_name
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES, Schedule


@dataclass(frozen=True)
class SamplerChoice:
    """A sampler with its schedule; `label` is what the infotext calls the schedule."""

    sampler: Sampler
    schedule: Schedule

    @property
    def label(self) -> str:
        return self.schedule.label


def choose_sampler(name: str, scheduler: str | None, fallback_schedule: str = AUTOMATIC) -> SamplerChoice:
    """Find the sampler and schedule.

    "Automatic" is the schedule that the sampler prefers, as since A1111 1.9. No scheduler at all (API clients written
    for 1.8) is what the name alone meant in 1.8: the schedule in a combined name, else `fallback_schedule` (the
    setting `k_sched_type`), else Uniform (Karras for Restart). See docs/decisions/scheduler-not-given.md.

    Raises:
        UnknownNameError: no such sampler or schedule. Only full names count, as in A1111's API; no aliases.
    """
    sampler_name, schedule_in_name = split_sampler_name(name)
    if sampler_name not in SAMPLERS.names():
        hint = SAMPLERS.find(sampler_name)
        raise UnknownNameError(
            "Sampler not found" + (f": did you mean {hint.name!r}?" if hint else f": {shorten(name)!r}.")
        )
    sampler = SAMPLERS.get(sampler_name)
    if scheduler is None:
        automatic = fallback_schedule.casefold() == AUTOMATIC.casefold()
        fallback = sampler.schedule_before_1_9 if automatic else fallback_schedule
        return SamplerChoice(sampler, SCHEDULES.get(schedule_in_name or fallback))
    if scheduler.casefold() == AUTOMATIC.casefold():
        return SamplerChoice(sampler, SCHEDULES.get(schedule_in_name or sampler.automatic_schedule))
    return SamplerChoice(sampler, SCHEDULES.get(scheduler))
