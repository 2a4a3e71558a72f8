"""Hires. fix: the picture is made small, enlarged, and sampled again at the larger size (contract 5.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from PIL.Image import Image
from torch import Tensor

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.engine.latents.encode import to_pixels
from modules.engine.latents.upscale import (
    DEFAULT_LATENT_MODE,
    LATENT_MODES,
    LatentMode,
    crop_latents,
    upscale_latents,
)
from modules.engine.model import LATENT_FACTOR, DiffusionModel
from modules.enhance.job import EnhanceJob
from modules.enhance.upscalers import UPSCALERS, Upscaler, resize_to
from modules.generation import options, sampler_options
from modules.generation.model_changes import encode_as_set
from modules.generation.request import LARGEST_SIDE, GenerationRequest, Txt2ImgRequest, with_hires
from modules.generation.samplers import SamplerChoice, choose_sampler

_OLD_AREA = 512 * 512
_OLD_MULTIPLE = 64


@dataclass(frozen=True)
class Target:
    """The size in pixels to enlarge to, and how many rows and columns of latents are then cut off."""

    width: int
    height: int
    crop_rows: int = 0
    crop_columns: int = 0

    @property
    def latent_size(self) -> tuple[int, int]:
        """Rows and columns of the latents before they are cut."""
        return self.height // LATENT_FACTOR, self.width // LATENT_FACTOR


@dataclass(frozen=True)
class HiresPlan:
    """The second pass, resolved.

    Attributes:
        steps: exactly so many are run, whatever the denoising strength.
        strength: denoising strength, 0..1.
    """

    request: Txt2ImgRequest
    target: Target
    method: LatentMode | Upscaler
    choice: SamplerChoice
    steps: int
    cfg_scale: float
    strength: float


def plan_hires(asked: GenerationRequest, settings: Settings) -> HiresPlan | None:
    """Resolve the second pass; None without Hires. fix. The request has been through `with_first_pass_size`.

    Raises:
        InputError: the final size is out of range.
    """
    request = with_hires(asked)
    if request is None:
        return None
    target = find_target(request)
    if not all(LATENT_FACTOR <= side <= LARGEST_SIDE for side in (target.width, target.height)):
        raise InputError(
            f"Hires. fix would make a picture of {target.width}x{target.height}; "
            f"choose sides from {LATENT_FACTOR} to {LARGEST_SIDE}."
        )
    name = request.hr_upscaler or DEFAULT_LATENT_MODE
    return HiresPlan(
        request=request,
        target=target,
        method=LATENT_MODES.find(name) or UPSCALERS.get(name),
        choice=choose_sampler(*request.hires_sampler, settings[sampler_options.SCHEDULE_TYPE]),
        steps=request.hr_second_pass_steps or request.steps,
        cfg_scale=request.hr_cfg or request.cfg_scale,
        strength=request.denoising_strength,
    )


def find_target(request: Txt2ImgRequest) -> Target:
    """Return the size of the second pass: by the scale, or by a wanted width, height or both."""
    width, height = request.width, request.height
    wide, high = request.hr_resize_x, request.hr_resize_y
    if not wide and not high:
        return Target(int(width * request.hr_scale), int(height * request.hr_scale))
    if not high:
        return Target(wide, wide * height // width)
    if not wide:
        return Target(high * width // height, high)
    by_width = width / height < wide / high
    covering = (wide, wide * height // width) if by_width else (high * width // height, high)
    return Target(
        *covering,
        crop_rows=(covering[1] - high) // LATENT_FACTOR,
        crop_columns=(covering[0] - wide) // LATENT_FACTOR,
    )


def with_first_pass_size(request: GenerationRequest, settings: Settings) -> GenerationRequest:
    """Return the request with width and height of its first pass, where an old way of asking means the final size."""
    hires = with_hires(request)
    if hires is None:
        return request
    if hires.firstphase_width or hires.firstphase_height:
        width, height = hires.firstphase_width, hires.firstphase_height
        return replace(hires, width=width or request.width, height=height or request.height)
    if settings[options.OLD_HIRES_SIZE]:
        width, height = _old_first_pass_size(request.width, request.height)
        return replace(hires, width=width, height=height, hr_resize_x=request.width, hr_resize_y=request.height)
    return request


def _old_first_pass_size(width: int, height: int) -> tuple[int, int]:
    """The area of 512x512 in the picture's proportions, rounded up to multiples of 64."""
    scale = math.sqrt(_OLD_AREA / (width * height))
    return tuple(math.ceil(scale * side / _OLD_MULTIPLE) * _OLD_MULTIPLE for side in (width, height))  # type: ignore[return-value]


def enlarge(
    model: DiffusionModel,
    first_pass: Tensor | None,
    pictures: list[Image] | None,
    hires: HiresPlan,
    job: EnhanceJob | None = None,
) -> Tensor:
    """Return the latents that the second pass begins with.

    Args:
        model: of the second pass.
        first_pass: latents (B, C, h, w); not needed by an upscaler of pictures.
        pictures: the same, decoded; needed by an upscaler of pictures alone.
        hires: the plan.
        job: its settings say how upscalers of pictures work and pictures are encoded, and it may be cut short.
    """
    target = hires.target
    if isinstance(hires.method, LatentMode):
        assert first_pass is not None
        latents = upscale_latents(first_pass, target.latent_size, hires.method)
    else:
        assert pictures is not None
        upscaler = hires.method
        larger = [resize_to(picture, target.width, target.height, upscaler, job) for picture in pictures]
        latents = encode_as_set(model, to_pixels(larger), job.settings if job else Settings())
    return crop_latents(latents, target.crop_rows, target.crop_columns)


def hires_parameters(hires: HiresPlan, first: SamplerChoice, checkpoint: str | None) -> dict[str, Any]:
    """Return what the infotext says of the second pass (contract 5.13); None leaves one out.

    Args:
        hires: the second pass.
        first: sampler and schedule of the first pass; only what differs is written.
        checkpoint: short title of the second pass's own checkpoint.
    """
    request, choice = hires.request, hires.choice
    resized = bool(request.hr_resize_x or request.hr_resize_y)
    return {
        "Hires checkpoint": checkpoint,
        "Hires sampler": choice.sampler.name if choice.sampler != first.sampler else None,
        "Hires schedule type": choice.label if choice.label != first.label else None,
        "Hires prompt": request.hr_prompt or None,
        "Hires negative prompt": request.hr_negative_prompt or None,
        "Hires CFG Scale": request.hr_cfg or None,
        "Hires upscale": None if resized else request.hr_scale,
        "Hires resize": f"{request.hr_resize_x}x{request.hr_resize_y}" if resized else None,
        "Hires steps": request.hr_second_pass_steps or None,
        "Hires upscaler": request.hr_upscaler,
    }
