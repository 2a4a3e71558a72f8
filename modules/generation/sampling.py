"""One pass of sampling: noise, noise levels, the guided denoiser, the sampler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from modules.core.progress import Progress
from modules.engine.model import LATENT_CHANNELS, LATENT_FACTOR, DiffusionModel
from modules.engine.sampling.brownian import BrownianNoise
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.edit_guidance import EditDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.image_by_image import ImageByImage
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.masked import LatentMask, MaskedDenoiser, OnMaskBlend, blend
from modules.engine.sampling.noise import ImageNoise, Variation
from modules.engine.sampling.sigmas import SigmaSettings
from modules.engine.sampling.trajectory import first_latents, img2img_steps, noised, run_sigmas, tail
from modules.engine.shown_picture import shown_channels
from modules.engine.text.encoder import encode_composed, encode_prompts
from modules.engine.text.network_tags import without_network_tags
from modules.engine.types import ComposedConditioning, Conditioning, Denoiser, SamplingStopped, StepCallback
from modules.generation import img2img_options, options, sampler_options
from modules.generation.img2img import noise_multiplier
from modules.generation.model_changes import encode_as_set
from modules.generation.models_in_use import ModelsInUse
from modules.generation.plan import Batch, Plan
from modules.generation.previews import Previewer
from modules.generation.prompt_options import match_lengths
from modules.generation.refiner import RefinedDenoiser
from modules.generation.sampler_values import sampler_arguments
from modules.generation.samplers import SamplerChoice
from modules.generation.variants import Show, edits, no_picture, show_first_pass, show_inputs


@dataclass(frozen=True)
class SamplingPass:
    """One run of a sampler over the images of a batch.

    Attributes:
        size: latents' (h, w).
        strength: denoising strength of a pass that begins with given latents; None begins with noise.
        first_pass_steps: `calls` of the pass before, if this is the second one.
        exact: run `steps` steps whatever the strength, not the strength's share of them.
        noise_scale: scale of the noise laid over given latents.
        mask: what of the given latents is kept.
        show: what a model that takes more than latents is shown.
        image_cfg_scale: how closely an InstructPix2Pix model keeps to what it is shown; None is 1.
    """

    prompts: tuple[str, ...]
    negative_prompts: tuple[str, ...]
    choice: SamplerChoice
    steps: int
    cfg_scale: float
    size: tuple[int, int]
    strength: float | None = None
    first_pass_steps: int | None = None
    exact: bool = True
    noise_scale: float = 1.0
    mask: LatentMask | None = None
    show: Show = no_picture
    image_cfg_scale: float | None = None

    @property
    def is_second(self) -> bool:
        return self.first_pass_steps is not None

    @property
    def calls(self) -> int:
        """How many times the model is called, which is what prompts are scheduled over."""
        return self.steps * (2 if self.choice.sampler.second_order else 1)


def first_pass(plan: Plan, batch: Batch) -> SamplingPass:
    """Return the pass that begins with noise."""
    request = plan.request
    return SamplingPass(
        batch.prompts,
        batch.negative_prompts,
        plan.choice,
        request.steps,
        request.cfg_scale,
        size=(request.height // LATENT_FACTOR, request.width // LATENT_FACTOR),
    )


def picture_pass(plan: Plan, batch: Batch, mask: LatentMask | None) -> SamplingPass:
    """Return the pass of img2img."""
    assert plan.img2img is not None
    assert plan.inputs is not None
    return replace(
        first_pass(plan, batch),
        strength=plan.img2img.denoising_strength,
        exact=plan.settings[img2img_options.FIX_STEPS],
        noise_scale=noise_multiplier(plan.img2img, plan.settings),
        mask=mask,
        show=show_inputs(plan.img2img, plan.inputs, plan.settings),
        image_cfg_scale=plan.img2img.image_cfg_scale,
    )


def second_pass(plan: Plan, batch: Batch, latents: Tensor) -> SamplingPass:
    """Return the pass of Hires. fix over enlarged latents."""
    assert plan.hires is not None
    return SamplingPass(
        batch.hires_prompts,
        batch.hires_negative_prompts,
        plan.hires.choice,
        plan.hires.steps,
        plan.hires.cfg_scale,
        size=(latents.shape[-2], latents.shape[-1]),
        strength=plan.hires.strength,
        first_pass_steps=first_pass(plan, batch).calls,
        show=show_first_pass(latents, plan.settings),
    )


class PassNoise(Protocol):
    """The noise of a pass; `ImageNoise` is one."""

    def first(self) -> Tensor:
        """Draw the initial noise (B, C, h, w)."""
        ...

    def next(self) -> Tensor:
        """Draw the noise of a step (B, C, h, w)."""
        ...


@dataclass(frozen=True)
class SamplingHooks:
    """What scripts do in a pass.

    Attributes:
        begins: told of the latents that the pass begins with, its noise and its conditionings; may change the tensors.
        blends: called when kept and painted latents are put together.
    """

    begins: Callable[[Tensor, Tensor, Any, Any], None] | None = None
    blends: OnMaskBlend | None = None


def sample_latents(
    models: ModelsInUse,
    plan: Plan,
    batch: Batch,
    this: SamplingPass,
    progress: Progress,
    start: Tensor | None = None,
    *,
    noise: PassNoise | None = None,
    hooks: SamplingHooks | None = None,
) -> Tensor:
    """Sample the latents (B, 4, h, w) of a batch; interrupted, return the latest denoised ones.

    Args:
        models: the model in memory is used; the refiner's takes over on the way, if the plan has one.
        plan: the job.
        batch: its seeds are used.
        this: the pass.
        progress: told of steps, asked for interrupts.
        start: latents that a pass with a denoising strength begins with.
        noise: in place of that of the batch's seeds.
        hooks: what scripts do.
    """
    model, hooks = models.model, hooks or SamplingHooks()
    noise = noise or make_noise(model, plan, batch, this.size)
    first = noise.first()
    if hooks.begins is not None:
        cond, uncond = conditionings(model, plan, this, slice(None))
        hooks.begins(first if start is None else start, first, cond, uncond)
    x, sigmas = begin(model, plan, this, first, start)
    if len(sigmas) < 2:
        return x  # denoising strength 0: nothing to do
    latest = _Latest()
    sampler = this.choice.sampler
    keywords = sampler_arguments(sampler, plan.request, plan.settings)
    if sampler.takes_brownian_noise:
        keywords["brownian"] = make_brownian_noise(model, plan, batch, this, x)

    with ExitStack() as in_use:
        denoiser = make_denoiser(models, plan, this, in_use, progress.comment)
        del model
        if this.mask is not None:
            denoiser = MaskedDenoiser(
                denoiser, this.mask, before=sampler.blends_before, on_blend=hooks.blends, total_steps=this.calls
            )
        progress.begin_sampling(len(sigmas) - 1)
        try:
            x = sampler.sample(
                denoiser,
                x,
                sigmas,
                noise=noise.next,
                on_step=report_step(latest, progress, Previewer(models, plan.settings, progress), denoiser),
                **keywords,
            )
        except SamplingStopped:
            x = x if latest.denoised is None else latest.denoised
    return x if this.mask is None else blend(this.mask, x, hooks.blends)


def make_denoiser(
    models: ModelsInUse, plan: Plan, this: SamplingPass, in_use: ExitStack, tell: Callable[[str], None]
) -> GuidedDenoiser | RefinedDenoiser:
    """Make the guided denoiser of a pass, and keep its UNet where it computes until `in_use` is closed.

    `tell` takes a sentence for people.
    """

    def guided() -> GuidedDenoiser:
        model = models.model
        shown = show(model, plan, this, tell)
        denoisers = [guide(model, plan, this, images, shown) for images in shared_calls(this)]
        in_use.enter_context(model.memory.use("unet"))
        in_use.enter_context(plan.changes.while_sampling(model, second_pass=this.is_second))
        return denoisers[0] if len(denoisers) == 1 else ImageByImage(denoisers)

    def take_over() -> GuidedDenoiser:
        assert models.refiner is not None
        in_use.close()
        models.switch(models.refiner)
        return guided()

    refiner = plan.refiner
    first = guided()
    if refiner is None or not refiner.serves(second_pass=this.is_second, with_hires=plan.hires is not None):
        return first
    return RefinedDenoiser(first, refiner, this.calls, noise_levels(models.model, plan), take_over)


def shared_calls(this: SamplingPass) -> list[slice]:
    """Return which images of a batch share their calls of the model."""
    count = len(this.prompts)
    return [slice(i, i + 1) for i in range(count)] if this.choice.sampler.image_by_image else [slice(0, count)]


def show(model: DiffusionModel, plan: Plan, this: SamplingPass, tell: Callable[[str], None]) -> Tensor | None:
    """Return what the UNet is shown beside the latents of a batch, (B, channels, h, w); None for most models."""
    if model.variant == "plain":
        return None
    with plan.changes.while_using_vae(model, tell):
        encode = partial(encode_as_set, settings=plan.settings)
        return shown_channels(model, this.show(model), this.size, len(this.prompts), encode)


def guide(
    model: DiffusionModel, plan: Plan, this: SamplingPass, images: slice, shown: Tensor | None = None
) -> GuidedDenoiser:
    """Make the guided denoiser for some images of a batch; `shown` is that of the whole batch."""
    cond, uncond = conditionings(model, plan, this, images)
    scale = this.cfg_scale * this.choice.sampler.guidance_factor
    guidance = replace(plan.guidance, in_timesteps=this.choice.sampler.own_schedule is not None)
    shown = None if shown is None else shown[images]
    unet, picture_scale = unet_denoiser(model, plan, this), this.image_cfg_scale
    if shown is not None and picture_scale is not None and edits(model, picture_scale):
        return EditDenoiser(unet, cond, uncond, scale, image_scale=picture_scale, shown=shown, settings=guidance)
    return GuidedDenoiser(unet, cond, uncond, scale, guidance, calls=this.calls, shown=shown)


def conditionings(
    model: DiffusionModel, plan: Plan, this: SamplingPass, images: slice
) -> tuple[ComposedConditioning, Conditioning]:
    """Encode prompts and negative prompts of some images of a batch; the model keeps what it has encoded."""
    earlier = this.first_pass_steps
    prompts = [without_network_tags(prompt) for prompt in this.prompts[images]]
    cond = encode_composed(model, prompts, this.calls, plan.text, first_pass_steps=earlier)
    uncond = encode_prompts(model, this.negative_prompts[images], this.calls, plan.text, first_pass_steps=earlier)
    return match_lengths(model, cond, uncond, plan.text, plan.settings)


def unet_denoiser(model: DiffusionModel, plan: Plan, this: SamplingPass) -> UNetDenoiser:
    """Make the UNet's denoiser, with the noise schedule and the timesteps of this job."""
    sampler, alphas_cumprod = this.choice.sampler, plan.noise_schedule.of(model.alphas_cumprod)
    whole_timesteps = plan.settings[sampler_options.QUANTIZE] and not sampler.own_schedule
    known = sampler.distilled_timesteps or (len(alphas_cumprod) if whole_timesteps else 0)
    return UNetDenoiser(model, known, alphas_cumprod)


def noise_levels(model: DiffusionModel, plan: Plan) -> NoiseLevels:
    """Return the noise levels of this job."""
    return NoiseLevels.of(plan.noise_schedule.of(model.alphas_cumprod))


def sigma_settings_for(model: DiffusionModel, plan: Plan) -> SigmaSettings:
    """Return the job's settings of noise levels, for a kind of model."""
    return replace(plan.sigmas, sdxl=model.is_sdxl)


def begin(
    model: DiffusionModel, plan: Plan, this: SamplingPass, noise: Tensor, start: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return the noisy latents (B, C, h, w) that a pass begins with, and its noise levels (steps + 1,)."""
    levels = noise_levels(model, plan)
    sampler, schedule, settings = this.choice.sampler, this.choice.schedule, sigma_settings_for(model, plan)
    if start is None:
        sigmas = run_sigmas(sampler, schedule, levels, this.steps, settings)
        return first_latents(noise, sigmas, sampler, settings), sigmas
    assert this.strength is not None
    total, place = img2img_steps(this.steps, this.strength, exact=this.exact)
    rest = tail(sampler, schedule, levels, total, place, settings)
    return noised(start, noise * this.noise_scale, rest, plan.settings[options.EXTRA_NOISE]), rest.sigmas


@dataclass
class _Latest:
    """The newest denoised latents of a run."""

    denoised: Tensor | None = None


def report_step(latest: _Latest, progress: Progress, previewer: Previewer, denoiser: Denoiser) -> StepCallback:
    """Make the callback that counts steps, offers previews and obeys Interrupt and Skip."""

    def on_step(step: int, denoised: Tensor) -> None:
        latest.denoised = denoised
        progress.step_done(step + 1)
        previewer.offer(step, denoised, denoiser)
        if progress.cut_short:
            raise SamplingStopped

    return on_step


def make_brownian_noise(
    model: DiffusionModel, plan: Plan, batch: Batch, this: SamplingPass, x: Tensor
) -> BrownianNoise | None:
    """Make the noise of samplers that follow a Brownian path, or None for the others.

    The path spans the whole run also where a pass takes only the last part of it.
    """
    sampler = this.choice.sampler
    if not sampler.takes_brownian_noise:
        return None
    steps = this.steps if this.strength is None else img2img_steps(this.steps, this.strength, exact=this.exact)[0]
    sigmas = run_sigmas(
        sampler, this.choice.schedule, noise_levels(model, plan), steps, sigma_settings_for(model, plan)
    )
    used = sigmas[sigmas > 0]
    seeds = (shared_seed(batch.seeds),) if plan.settings[sampler_options.SHARED_SDE_NOISE] else batch.seeds
    return BrownianNoise(x, used.min().item(), used.max().item(), seeds, plan.settings[options.RANDOM_SOURCE])


def shared_seed(seeds: Sequence[int]) -> int:
    """Return the seed that the SDE samplers of A1111's first versions drew for a whole batch.

    They took it from torch's own generator, which the last image's noise had seeded.
    """
    generator = torch.Generator().manual_seed(seeds[-1] % 2**64)
    return int(torch.randint(0, 2**63 - 1, (), generator=generator))


def make_noise(model: DiffusionModel, plan: Plan, batch: Batch, size: tuple[int, int]) -> ImageNoise:
    """Make the noise of a batch at a size (h, w) of its latents."""
    strength = plan.request.subseed_strength
    return ImageNoise(
        batch.seeds,
        (LATENT_CHANNELS, *size),
        plan.settings[options.RANDOM_SOURCE],
        model.device,
        variation=Variation(batch.subseeds, strength) if strength else None,
        resize_from=plan.seed_resize_from,
        seed_delta=plan.settings[sampler_options.NOISE_SEED_DELTA],
    )
