"""What is asked for. A tab or a route makes a request; it checks itself, so that a mistake is told before the queue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.core.errors import InputError
from modules.generation.samplers import choose_sampler

LONGEST_PROMPT = 50_000
LARGEST_SIDE = 4096
MOST_STEPS = 1000
LARGEST_BATCH = 64
MOST_BATCHES = 1000
LARGEST_SAMPLER_VALUES = {"eta": 10, "s_churn": 1000, "s_tmin": 1e6, "s_tmax": 1e6, "s_noise": 10}


@dataclass(frozen=True, kw_only=True)
class Txt2ImgRequest:
    """A txt2img job. Names and defaults are those of A1111's API (contract 2.1).

    Attributes:
        seed: -1 draws one; image i of the job has seed + i.
        subseed_strength: 0..1; above 0 all images share the seed and the subseed rises instead.
        seed_resize_from_w: with seed_resize_from_h, both above 0: the noise is made at that size, in pixels.
        sampler_name: a sampler, or an old combined name such as "DPM++ 2M Karras"; None takes `sampler_index`.
        scheduler: a schedule's name or label; None takes what the sampler's name meant in A1111 1.8.
        width: in pixels; the picture's size is the next multiple of 8 below.
        eta: share of ancestral noise; None takes the setting, like the `s_` values.
        override_settings: settings for this job alone.
        save_images: write the pictures (and a grid, if there are several) into the output folder.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such sampler or schedule.
    """

    prompt: str = ""
    negative_prompt: str = ""
    styles: tuple[str, ...] = ()
    seed: int = -1
    subseed: int = -1
    subseed_strength: float = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    sampler_name: str | None = None
    sampler_index: str = "Euler"
    scheduler: str | None = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    eta: float | None = None
    s_churn: float | None = None
    s_tmin: float | None = None
    s_tmax: float | None = None
    s_noise: float | None = None
    override_settings: Mapping[str, Any] = field(default_factory=dict)
    save_images: bool = False

    def __post_init__(self) -> None:
        for name, text in (("prompt", self.prompt), ("negative prompt", self.negative_prompt)):
            if len(text) > LONGEST_PROMPT:
                raise InputError(f"The {name} has {len(text):,} characters; shorten it to {LONGEST_PROMPT:,} or fewer.")
        _check_whole("Sampling steps", self.steps, 1, MOST_STEPS)
        _check_whole("Width", self.width, 8, LARGEST_SIDE)
        _check_whole("Height", self.height, 8, LARGEST_SIDE)
        _check_whole("Batch size", self.batch_size, 1, LARGEST_BATCH)
        _check_whole("Batch count", self.n_iter, 1, MOST_BATCHES)
        _check_number("CFG scale", self.cfg_scale, 0, 1000)
        _check_number("Variation strength", self.subseed_strength, 0, 1)
        for name, largest in LARGEST_SAMPLER_VALUES.items():
            value = getattr(self, name)
            if value is not None:
                _check_number(name, value, 0, largest)
        _check_whole("Seed", self.seed, -(2**63), 2**64 - 1)
        _check_whole("Variation seed", self.subseed, -(2**63), 2**64 - 1)
        choose_sampler(self.sampler_name or self.sampler_index, self.scheduler)


def _check_whole(name: str, value: object, smallest: int, largest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
        raise InputError(f"{name} must be a whole number from {smallest} to {largest}, not {value!r:.40}.")


def _check_number(name: str, value: object, smallest: float, largest: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{name} must be a number, not {value!r:.40}.")
    if not smallest <= value <= largest:
        raise InputError(f"{name} must be from {smallest} to {largest:g}, not {value}.")
