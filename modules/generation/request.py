"""What is asked for. A tab or a route makes a request; it checks itself, so that a mistake is told before the queue."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from PIL.Image import Image

from modules.core.errors import InputError
from modules.engine.latents.upscale import LATENT_MODES
from modules.enhance.upscalers import UPSCALERS
from modules.generation.samplers import choose_sampler

LONGEST_PROMPT = 50_000
LARGEST_SIDE = 4096
MOST_STEPS = 1000
LARGEST_BATCH = 64
MOST_BATCHES = 1000
LARGEST_SAMPLER_VALUES = {
    "eta": 10,
    "s_churn": 1000,
    "s_tmin": 1e6,
    "s_tmax": 1e6,
    "s_noise": 10,
    "s_min_uncond": 1e6,
}
SAME_CHECKPOINT = "Use same checkpoint"
SAME_SAMPLER = "Use same sampler"
SAME_SCHEDULER = "Use same scheduler"
"""Menu entries of Hires. fix that stand for what the first pass has; so do empty names."""


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """What txt2img and img2img have in common. Names and defaults are those of A1111's API (contract 2.1, 2.2).

    Attributes:
        seed: -1 draws one; image i of the job has seed + i.
        subseed_strength: 0..1; above 0 all images share the seed and the subseed rises instead.
        seed_resize_from_w: with seed_resize_from_h, both above 0: the noise is made at that size, in pixels.
        sampler_name: a sampler, or an old combined name such as "DPM++ 2M Karras"; None takes `sampler_index`.
        scheduler: a schedule's name or label; None takes what the sampler's name meant in A1111 1.8.
        width: in pixels; the picture's size is the next multiple of 8 below.
        eta: share of ancestral noise; None takes the setting, like the `s_` values.
        s_min_uncond: below this noise level every other step leaves the negative prompt out; None takes the setting.
        restore_faces: find faces in the finished pictures and restore them; None takes the setting.
        tiling: make pictures that can be laid side by side without a seam; None takes the setting.
        denoising_strength: 0..1, of the pass that begins with a picture: img2img, or the second one of Hires. fix.
        refiner_checkpoint: a checkpoint that takes over when `refiner_switch_at` (0..1) of the sampling is done.
        disable_extra_networks: use no LoRAs and hypernetworks; their tags are left out all the same.
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
    s_min_uncond: float | None = None
    restore_faces: bool | None = None
    tiling: bool | None = None
    denoising_strength: float = 0.75
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    disable_extra_networks: bool = False
    override_settings: Mapping[str, Any] = field(default_factory=dict)
    save_images: bool = False

    def __post_init__(self) -> None:
        for name in self._prompt_fields():
            if (length := len(getattr(self, name))) > LONGEST_PROMPT:
                called = name.replace("hr_", "hires ").replace("_", " ")
                raise InputError(f"The {called} has {length:,} characters; shorten it to {LONGEST_PROMPT:,} or fewer.")
        check_whole("Sampling steps", self.steps, 1, MOST_STEPS)
        check_whole("Width", self.width, 8, LARGEST_SIDE)
        check_whole("Height", self.height, 8, LARGEST_SIDE)
        check_whole("Batch size", self.batch_size, 1, LARGEST_BATCH)
        check_whole("Batch count", self.n_iter, 1, MOST_BATCHES)
        check_number("CFG scale", self.cfg_scale, 0, 1000)
        check_number("Variation strength", self.subseed_strength, 0, 1)
        for name, largest in LARGEST_SAMPLER_VALUES.items():
            value = getattr(self, name)
            if value is not None:
                check_number(name, value, 0, largest)
        check_whole("Seed", self.seed, -(2**63), 2**64 - 1)
        check_whole("Variation seed", self.subseed, -(2**63), 2**64 - 1)
        choose_sampler(self.sampler_name or self.sampler_index, self.scheduler)
        if self.refiner_switch_at is not None:
            check_number("Refiner switch at", self.refiner_switch_at, 0, 1)
        self._check_own()

    def _check_own(self) -> None:
        """Check what only one kind of request has."""

    def _prompt_fields(self) -> tuple[str, ...]:
        """Return the names of the fields that hold prompts; every second one holds a negative prompt."""
        return "prompt", "negative_prompt"

    def with_prompts(self, change: Callable[[str], str], change_negative: Callable[[str], str]) -> Self:
        """Return the request with all its prompts changed, and its negative prompts. Empty prompts of Hires. fix stay
        empty: they stand for those of the first pass.
        """
        changed: dict[str, Any] = {}
        for name in self._prompt_fields():
            text = getattr(self, name)
            if text or not name.startswith("hr_"):
                changed[name] = change_negative(text) if "negative" in name else change(text)
        return replace(self, **changed)


@dataclass(frozen=True, kw_only=True)
class Txt2ImgRequest(GenerationRequest):
    """A txt2img job.

    Attributes:
        enable_hr: Hires. fix, a second pass at a larger size; the `hr_` fields are its own.
        firstphase_width: with firstphase_height, if not 0: the first pass's size, as very old clients say it.
        hr_upscaler: a way to enlarge latents ("Latent", "Latent (bicubic)", ...) or pictures; None is "Latent".
        hr_second_pass_steps: 0 takes the steps of the first pass.
        hr_resize_x: with hr_resize_y the final size in pixels; one alone keeps the ratio; both 0 take hr_scale.
        hr_prompt: empty takes the first pass's, like hr_negative_prompt.
        hr_cfg: CFG scale of the second pass; None or 0 takes the first pass's. Not in A1111.
        firstpass_image: a picture (RGB) that takes the place of the first pass.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such sampler, schedule or upscaler.
    """

    enable_hr: bool = False
    firstphase_width: int = 0
    firstphase_height: int = 0
    hr_scale: float = 2.0
    hr_upscaler: str | None = None
    hr_second_pass_steps: int = 0
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    hr_prompt: str = ""
    hr_negative_prompt: str = ""
    hr_cfg: float | None = None
    firstpass_image: Image | None = None

    def _check_own(self) -> None:
        if not self.enable_hr:
            return
        check_number("Denoising strength", self.denoising_strength, 0, 1)
        check_number("Hires. fix: Upscale by", self.hr_scale, 0.1, 16)
        check_whole("Hires steps", self.hr_second_pass_steps, 0, MOST_STEPS)
        check_whole("Hires. fix: Resize width to", self.hr_resize_x, 0, LARGEST_SIDE)
        check_whole("Hires. fix: Resize height to", self.hr_resize_y, 0, LARGEST_SIDE)
        check_whole("First pass width", self.firstphase_width, 0, LARGEST_SIDE)
        check_whole("First pass height", self.firstphase_height, 0, LARGEST_SIDE)
        if self.hr_cfg is not None:
            check_number("Hires CFG scale", self.hr_cfg, 0, 1000)
        if self.hr_upscaler and self.hr_upscaler not in LATENT_MODES and self.hr_upscaler not in UPSCALERS:
            UPSCALERS.get(self.hr_upscaler)
        choose_sampler(*self.hires_sampler)

    def _prompt_fields(self) -> tuple[str, ...]:
        return "prompt", "negative_prompt", "hr_prompt", "hr_negative_prompt"

    @property
    def hires_sampler(self) -> tuple[str, str | None]:
        """Sampler and schedule names of the second pass; those of the first where none are given."""
        own, scheduler = self.hr_sampler_name, self.hr_scheduler
        name = own if own and own != SAME_SAMPLER else self.sampler_name or self.sampler_index
        if scheduler and scheduler != SAME_SCHEDULER:
            return name, scheduler
        return name, self.scheduler


def with_hires(request: GenerationRequest) -> Txt2ImgRequest | None:
    """Return the request if it asks for Hires. fix, else None."""
    return request if isinstance(request, Txt2ImgRequest) and request.enable_hr else None


def check_whole(name: str, value: object, smallest: int, largest: int) -> None:
    """Refuse what is no whole number in a range.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
        raise InputError(f"{name} must be a whole number from {smallest} to {largest}, not {value!r:.40}.")


def check_number(name: str, value: object, smallest: float, largest: float) -> None:
    """Refuse what is no number in a range.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{name} must be a number, not {value!r:.40}.")
    if not smallest <= value <= largest:
        raise InputError(f"{name} must be from {smallest} to {largest:g}, not {value}.")
