"""Everything a job needs to know, decided before it begins: each seed, prompt, size, sampler and schedule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from modules.core.options import Settings
from modules.engine.model import LATENT_FACTOR
from modules.engine.noise_schedule import NoiseScheduleChange
from modules.engine.sampling.guidance import GuidanceSettings
from modules.engine.sampling.sigmas import SigmaSettings
from modules.engine.text.reading import TextSettings
from modules.generation import sampler_options
from modules.generation.hires import HiresPlan, plan_hires, with_first_pass_size
from modules.generation.img2img_inputs import Img2ImgInputs, prepare_inputs
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.model_changes import ModelChanges, plan_changes
from modules.generation.prompt_options import guidance_settings, read_prompts, text_settings
from modules.generation.refiner import RefinerPlan, plan_refiner
from modules.generation.request import GenerationRequest
from modules.generation.sampler_values import noise_schedule_change, sigma_settings
from modules.generation.samplers import SamplerChoice, choose_sampler

_LARGEST_RANDOM_SEED = 4294967293


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
        request: with width and height of the first pass, and prompts without comments.
        seeds: one for each image of the job, like `subseeds`.
        noise_schedule: how this job changes the model's.
    """

    request: GenerationRequest
    settings: Settings
    seeds: tuple[int, ...]
    subseeds: tuple[int, ...]
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
        size = self.request.batch_size
        prompts, negative_prompts = (self.request.prompt,) * size, (self.request.negative_prompt,) * size
        second = self.hires.request if self.hires else None
        for first in range(0, len(self.seeds), size):
            last = first + size
            yield Batch(
                first=first,
                prompts=prompts,
                negative_prompts=negative_prompts,
                seeds=self.seeds[first:last],
                subseeds=self.subseeds[first:last],
                hires_prompts=(second.hr_prompt,) * size if second and second.hr_prompt else prompts,
                hires_negative_prompts=(second.hr_negative_prompt,) * size
                if second and second.hr_negative_prompt
                else negative_prompts,
            )


def make_plan(request: GenerationRequest, settings: Settings) -> Plan:
    """Resolve a request; `settings` already holds the request's overrides.

    Raises:
        InputError: Hires. fix would make a picture too large.
    """
    request = read_prompts(with_first_pass_size(request, settings), settings)
    img2img = request if isinstance(request, Img2ImgRequest) else None
    if img2img and len(img2img.init_images) > 1:
        img2img = request = replace(img2img, batch_size=len(img2img.init_images))
    count = request.batch_size * request.n_iter
    seed, subseed = _resolve_seed(request.seed), _resolve_seed(request.subseed)
    seed_step = 0 if request.subseed_strength else 1
    choice = choose_sampler(
        request.sampler_name or request.sampler_index, request.scheduler, settings[sampler_options.SCHEDULE_TYPE]
    )
    return Plan(
        request=request,
        settings=settings,
        seeds=tuple(seed + i * seed_step for i in range(count)),
        subseeds=tuple(subseed + i for i in range(count)),
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
    )


def _resolve_seed(seed: int) -> int:
    return random.randint(0, _LARGEST_RANDOM_SEED) if seed == -1 else seed
