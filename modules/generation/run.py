"""THE FLOW: a request becomes a plan, batches, pictures, files, a result. Read this first."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from PIL.Image import Image
from torch import Tensor

from modules.checkpoints.catalog import CheckpointInfo
from modules.core.errors import DeviceMemoryError
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.engine.latents.decode import decode, decode_memory
from modules.engine.latents.preview import preview_image, previews_are_cheap, to_images
from modules.engine.model import DiffusionModel
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.noise import ImageNoise, Variation
from modules.engine.text.encoder import encode_prompts
from modules.engine.types import Conditioning, SamplingStopped, StepCallback
from modules.generation import options
from modules.generation.describe import Describer, new_job_timestamp
from modules.generation.plan import Batch, Plan, make_plan
from modules.generation.request import Txt2ImgRequest
from modules.generation.result import GeneratedImage, Result
from modules.generation.saving import Saver
from modules.hardware.device import device_memory
from modules.hardware.memory import memory_errors
from modules.imaging.options import SAMPLES_SAVE


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A model and the file it came from."""

    info: CheckpointInfo
    model: DiffusionModel


def generate(
    request: Txt2ImgRequest, settings: Settings, checkpoint: LoadedCheckpoint, saver: Saver, progress: Progress
) -> Result:
    """Make the pictures of a request, save those that are to be saved, and report them."""
    started = time.monotonic()
    plan = make_plan(request, settings)
    describer = Describer(plan, checkpoint.info)
    progress.plan(request.n_iter)

    images: list[GeneratedImage] = []
    saver.remember(describer.infotext(0))
    require_memory(checkpoint.model, request)
    for batch in plan.batches():
        if progress.interrupted or progress.stopping:
            break
        with memory_errors():
            images += generate_batch(plan, batch, checkpoint.model, describer, saver, progress)
        progress.batch_done()

    grid = saver.make_grid(images, plan) if request.save_images else None
    if not settings[options.SHOW_GRID]:
        grid = None
    infotexts = [image.infotext for image in ([grid] if grid else []) + images]
    info = {**describer.info(infotexts, new_job_timestamp()), "index_of_first_image": 1 if grid else 0}
    return Result(
        images=tuple(images),
        info=info,
        seconds=time.monotonic() - started,
        interrupted=progress.interrupted,
        grid=grid,
    )


def generate_batch(
    plan: Plan, batch: Batch, model: DiffusionModel, describer: Describer, saver: Saver, progress: Progress
) -> list[GeneratedImage]:
    """Make one batch of images and save them."""
    steps = plan.request.steps
    cond = encode_prompts(model, batch.prompts, steps, plan.text)
    uncond = encode_prompts(model, batch.negative_prompts, steps, plan.text)

    latents = sample_latents(model, plan, batch, cond, uncond, progress)
    pixels = decode(model, latents)

    images = [describe_image(batch, i, image, describer) for i, image in enumerate(to_images(pixels))]
    complete = not progress.cut_short or plan.settings[options.SAVE_INCOMPLETE]
    if plan.request.save_images and plan.settings[SAMPLES_SAVE] and complete:
        images = [
            replace(image, path=saver.save_sample(image, plan, batch.first + i)) for i, image in enumerate(images)
        ]
    return images


def require_memory(model: DiffusionModel, request: Txt2ImgRequest) -> None:
    """Refuse a size that cannot be decoded: a CPU that runs out of memory takes the whole program with it.

    Raises:
        DeviceMemoryError: it would need more memory than is free.
    """
    needed, free = decode_memory(model, request.width, request.height), device_memory(model.device).free
    if model.device.type == "cpu" and needed > free:
        raise DeviceMemoryError(
            f"A picture of {request.width}x{request.height} needs about {needed / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free; choose a smaller size."
        )


def sample_latents(
    model: DiffusionModel, plan: Plan, batch: Batch, cond: Conditioning, uncond: Conditioning, progress: Progress
) -> Tensor:
    """Sample the latents (B, 4, h, w) of a batch; interrupted, return the latest denoised ones."""
    noise = make_noise(model, plan, batch)
    unet = UNetDenoiser(model)
    denoiser = GuidedDenoiser(unet, cond, uncond, plan.request.cfg_scale)
    sigmas = plan.choice.schedule.with_final_zero(unet.levels, plan.request.steps)
    latest = _Latest()
    own = {"eta": plan.eta, "churn": plan.churn}

    x = noise.first() * sigmas[0].to(model.device)
    progress.begin_sampling(plan.request.steps)
    with model.memory.use("unet"):
        try:
            return plan.choice.sampler.sample(
                denoiser,
                x,
                sigmas,
                noise=noise.next,
                on_step=report_step(denoiser, latest, progress, model, plan.settings),
                **{name: value for name, value in own.items() if value is not None},
            )
        except SamplingStopped:
            return x if latest.denoised is None else latest.denoised


@dataclass
class _Latest:
    """The newest denoised latents of a run."""

    denoised: Tensor | None = None


def report_step(
    denoiser: GuidedDenoiser, latest: _Latest, progress: Progress, model: DiffusionModel, settings: Settings
) -> StepCallback:
    """Make the callback that counts steps, offers previews and obeys Interrupt and Skip."""
    interval = settings[options.PREVIEW_INTERVAL] if settings[options.PREVIEWS] else -1
    if interval > 1 and previews_are_cheap(model):
        interval = 1

    def on_step(step: int, denoised: Tensor) -> None:
        latest.denoised = denoised
        progress.step_done(step + 1)
        denoiser.step = step + 1
        if interval > 0 and (step + 1) % interval == 0:
            progress.offer_preview(lambda: preview_image(model, denoised))
        if progress.cut_short:
            raise SamplingStopped

    return on_step


def make_noise(model: DiffusionModel, plan: Plan, batch: Batch) -> ImageNoise:
    """Make the noise of a batch."""
    strength = plan.request.subseed_strength
    return ImageNoise(
        batch.seeds,
        plan.latent_shape,
        plan.settings[options.RANDOM_SOURCE],
        model.device,
        variation=Variation(batch.subseeds, strength) if strength else None,
        resize_from=plan.seed_resize_from,
        seed_delta=plan.settings[options.NOISE_SEED_DELTA],
    )


def describe_image(batch: Batch, i: int, image: Image, describer: Describer) -> GeneratedImage:
    """Put a picture together with its infotext."""
    infotext = describer.infotext(batch.first + i)
    image.info["parameters"] = infotext
    return GeneratedImage(
        image=image,
        seed=batch.seeds[i],
        subseed=batch.subseeds[i],
        prompt=batch.prompts[i],
        negative_prompt=batch.negative_prompts[i],
        infotext=infotext,
    )
