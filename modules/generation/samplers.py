"""Which sampler and noise schedule a request means by the names it gives."""

from __future__ import annotations

from dataclasses import dataclass

from modules.core.errors import UnknownNameError
from modules.core.registry import shorten
from modules.engine.sampling.registry import SAMPLERS, Sampler, split_sampler_name
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES, Schedule


@dataclass(frozen=True)
class SamplerChoice:
    """A sampler with its schedule.

    Attributes:
        named: the schedule was asked for by name, and not left to the sampler.
    """

    sampler: Sampler
    schedule: Schedule
    named: bool = False

    @property
    def label(self) -> str:
        """What the infotext calls the schedule: as A1111 since 1.9, "Automatic" for samplers that prefer none."""
        if self.schedule.name == self.sampler.automatic_schedule == "uniform" and not self.named:
            return AUTOMATIC
        return self.schedule.label


def choose_sampler(name: str, scheduler: str | None, old_schedule: str = AUTOMATIC) -> SamplerChoice:
    """Find the sampler and schedule.

    "Automatic" is the schedule that the sampler prefers, as since A1111 1.9. No scheduler at all (API clients written
    for 1.8) is what it was in 1.8: `old_schedule` (the setting `k_sched_type`), else the schedule in a combined name,
    else what the name alone meant. See docs/decisions/scheduler-not-given.md.

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
    if not scheduler:
        asked = schedule_in_name if _is_automatic(old_schedule) else old_schedule
        usual = sampler.schedule_before_1_9
    else:
        asked = schedule_in_name if _is_automatic(scheduler) else scheduler
        usual = sampler.automatic_schedule
    return SamplerChoice(sampler, SCHEDULES.get(asked or usual), named=asked is not None)


def _is_automatic(schedule: str) -> bool:
    return schedule.strip().casefold() == AUTOMATIC.casefold()
