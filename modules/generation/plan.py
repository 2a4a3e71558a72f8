"""Everything a job needs to know, decided before it begins: each seed, prompt, size, sampler and schedule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modules.core.options import Settings
from modules.engine.model import LATENT_FACTOR
from modules.engine.noise_schedule import NoiseScheduleChange
from modules.engine.sampling.guidance import GuidanceSettings
from modules.engine.sampling.sigmas import SigmaSettings
from modules.engine.text.reading import TextSettings
from modules.generation import sampler_options
from modules.generation.each_image import EachImage, find_each_image, fit_batch_size
from modules.generation.hires import HiresPlan, plan_hires, with_first_pass_size
from modules.generation.img2img_inputs import Img2ImgInputs, prepare_inputs
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.model_changes import ModelChanges, plan_changes
from modules.generation.prompt_options import guidance_settings, text_settings
from modules.generation.refiner import RefinerPlan, plan_refiner
from modules.generation.request import GenerationRequest
from modules.generation.sampler_values import noise_schedule_change, sigma_settings
from modules.generation.samplers import SamplerChoice, choose_sampler


@dataclass(frozen=True)
class Batch:
    """Images that are made together."""

    first: int
    prompts: tuple[str, ...]
    negative_prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    subseeds: tuple[int, ...]
    hires_prompts: tuple[str, ...] = ()
    hires_negative_prompts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A resolved job.

    Attributes:
        request: with width and height of the first pass, and the prompts of the first image.
        each: prompts and seeds of each image of the job.
        noise_schedule: how this job changes the model's.
        source: the request before it was resolved.
    """

    request: GenerationRequest
    settings: Settings
    each: EachImage
    choice: SamplerChoice
    text: TextSettings
    guidance: GuidanceSettings
    sigmas: SigmaSettings
    noise_schedule: NoiseScheduleChange
    changes: ModelChanges
    hires: HiresPlan | None = None
    refiner: RefinerPlan | None = None
    img2img: Img2ImgRequest | None = None
    inputs: Img2ImgInputs | None = None
    source: GenerationRequest | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of each image of the job."""
        return self.each.seeds

    @property
    def subseeds(self) -> tuple[int, ...]:
        """Of each image of the job."""
        return self.each.subseeds

    @property
    def kind(self) -> str:
        """What the job is called in the names of folders and settings."""
        return "img2img" if self.img2img else "txt2img"

    @property
    def strength(self) -> float | None:
        """Denoising strength of the pass that begins with a picture, if there is one."""
        return self.request.denoising_strength if self.img2img or self.hires else None

    @property
    def largest_size(self) -> tuple[int, int]:
        """Width and height in pixels of the largest picture on the way."""
        target = self.hires.target if self.hires else self.request
        return target.width, target.height

    @property
    def seed_resize_from(self) -> tuple[int, int] | None:
        """Latent size (h, w) the noise is made at, if another one is asked for."""
        height, width = self.request.seed_resize_from_h, self.request.seed_resize_from_w
        return (height // LATENT_FACTOR, width // LATENT_FACTOR) if height > 0 and width > 0 else None

    def batches(self) -> Iterator[Batch]:
        """Yield the batches in order."""
        size, each = self.request.batch_size, self.each
        for first in range(0, min(len(each.prompts), size * self.request.n_iter), size):
            last = first + size
            yield Batch(
                first=first,
                prompts=each.prompts[first:last],
                negative_prompts=each.negative_prompts[first:last],
                seeds=each.seeds[first:last],
                subseeds=each.subseeds[first:last],
                hires_prompts=each.hires_prompts[first:last],
                hires_negative_prompts=each.hires_negative_prompts[first:last],
            )


def make_plan(request: GenerationRequest, settings: Settings, each: EachImage | None = None) -> Plan:
    """Resolve a request; `settings` already holds the request's overrides.

    Args:
        request: what is asked for.
        settings: of the job.
        each: prompts and seeds of each image; found from the request if not given.

    Raises:
        InputError: Hires. fix would make a picture too large.
    """
    source = request
    request = fit_batch_size(with_first_pass_size(request, settings))
    each = each or find_each_image(request, settings)
    request = each.first_prompts(request)
    img2img = request if isinstance(request, Img2ImgRequest) else None
    choice = choose_sampler(
        request.sampler_name or request.sampler_index, request.scheduler, settings[sampler_options.SCHEDULE_TYPE]
    )
    return Plan(
        request=request,
        settings=settings,
        each=each,
        choice=choice,
        text=text_settings(settings),
        guidance=guidance_settings(request, settings),
        sigmas=sigma_settings(settings),
        noise_schedule=noise_schedule_change(settings),
        hires=plan_hires(request, settings),
        refiner=plan_refiner(request, settings),
        changes=plan_changes(request, settings),
        img2img=img2img,
        inputs=prepare_inputs(img2img, settings) if img2img else None,
        source=source,
    )
