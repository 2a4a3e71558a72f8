"""THE FLOW: a request becomes a plan, batches, pictures, files, a result. Read this first."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from PIL.Image import Image
from torch import Tensor

from modules.core.errors import DeviceMemoryError
from modules.core.progress import Progress
from modules.engine.latents.encode import to_pixels
from modules.engine.latents.memory import least_decode_memory, sampling_memory
from modules.engine.latents.preview import to_images
from modules.engine.model import DiffusionModel
from modules.enhance.job import EnhanceJob
from modules.enhance.upscalers import Upscaler
from modules.generation import model_options, options
from modules.generation.describe import Describer, new_job_timestamp
from modules.generation.embeddings import embedding_comments
from modules.generation.faces import BEFORE, plan_faces
from modules.generation.hires import enlarge
from modules.generation.hooks import (
    PostprocessBatchListArgs,
    PostprocessImageArgs,
    PostProcessMaskOverlayArgs,
    PostSampleArgs,
)
from modules.generation.img2img import begin_with_pictures
from modules.generation.job import StableDiffusionProcessing, read_job
from modules.generation.job_steps import (
    activate_networks,
    begin_batch,
    find_images,
    plan_job,
    request_count,
    sampling_hooks,
    saver_of,
    show_pass,
)
from modules.generation.model_changes import decode_as_set, encode_as_set
from modules.generation.networks import JobNetworks
from modules.generation.plan import Batch, Plan
from modules.generation.previews import interrupted_pixels, offer_finished
from modules.generation.processed import Processed
from modules.generation.result import GeneratedImage, Result
from modules.generation.sampling import (
    SamplingPass,
    first_pass,
    make_noise,
    picture_pass,
    sample_latents,
    second_pass,
)
from modules.generation.saving import Saver
from modules.generation.side_pictures import FinishedPicture, side_pictures, with_sides
from modules.hardware.device import device_memory
from modules.hardware.memory import memory_errors
from modules.imaging.options import SAMPLES_SAVE


def process_images(p: StableDiffusionProcessing) -> Processed:
    """Make the pictures of a job, save those that are to be saved, and report them to scripts.

    Raises:
        WebUIError: something a person can act on.
    """
    processed = Processed.of(p, generate(p))
    p.scripts.postprocess(p, processed)
    return processed


def make_result(p: StableDiffusionProcessing) -> Result:
    """Make the pictures of a job for the page or the API; scripts may have changed them at the end.

    Raises:
        WebUIError: something a person can act on.
    """
    result = generate(p)
    if not p.scripts.wants("postprocess"):
        return result
    processed = Processed.of(p, result)
    images, infotexts = list(processed.images), list(processed.infotexts)
    p.scripts.postprocess(p, processed)
    if processed.images != images or processed.infotexts != infotexts:
        result = processed.result(result.seconds, interrupted=result.interrupted, cut_short=result.cut_short)
    return result.with_comments(p.progress.comments if p.progress else ())


def generate(p: StableDiffusionProcessing) -> Result:
    """Make the pictures of a job, save those that are to be saved, and report them.

    Scripts change `p` at their hooks; after each of them it is read into a frozen value, which the stages see.
    """
    started = time.monotonic()
    program, progress = p.program, p.progress
    assert program is not None
    assert progress is not None
    p.scripts.before_process(p)
    settings = program.settings(p.override_settings)
    find_images(p, settings)
    p.networks = networks = JobNetworks(program.networks, settings, disabled=p.disable_extra_networks)
    p.models = models = program.models_for(read_job(p), settings)
    p.scripts.process(p)
    plan = plan_job(p, settings)
    models.tell = progress.comment
    describer = Describer(plan, models, p.extra_generation_params, p.networks, p.user)
    saver = saver_of(p, settings, models)
    progress.plan(request_count(plan))

    saver.save_init_images(plan)
    if p.remembers:
        saver.remember(describer.infotext(0))
    require_memory(models.model, plan)
    faces = plan_faces(plan)
    if faces is not None:
        faces.require_weights(saver.paths, saver.flags, progress)

    images: list[GeneratedImage] = []
    for batch in plan.batches():
        if progress.interrupted or progress.stopping:
            break
        progress.more_to_come = batch.first + len(batch.seeds) < len(plan.seeds)
        models.switch(models.base)
        with memory_errors():
            images += generate_batch(p, plan, batch, describer, saver, progress)
    if faces is not None:
        faces.let_go()
    networks.let_go_others()

    grid = None if p.do_not_save_grid else saver.make_grid([image for image in images if not image.is_beside], plan)
    if not settings[options.SHOW_GRID]:
        grid = None
    infotexts = [image.infotext for image in ([grid] if grid else []) + images]
    info = {**describer.info(infotexts, new_job_timestamp()), "index_of_first_image": 1 if grid else 0}
    p.latest_info = info
    return Result(
        images=tuple(images),
        info=info,
        comments=(
            *embedding_comments(describer.embeddings),
            *(plan.inputs.comments if plan.inputs else ()),
            *progress.comments,
        ),
        seconds=time.monotonic() - started,
        interrupted=progress.interrupted or progress.stopping,
        cut_short=progress.cut_short,
        grid=grid,
    )


def generate_batch(
    p: StableDiffusionProcessing, plan: Plan, batch: Batch, describer: Describer, saver: Saver, progress: Progress
) -> list[GeneratedImage]:
    """Make one batch of images and save them. Scripts see `p`; the stages see only `plan` and `batch`."""
    hooks, number = p.scripts, batch.first // plan.request.batch_size
    plan, batch = begin_batch(p, plan, batch)
    assert p.models is not None
    models = p.models
    p.rng = make_noise(models.model, plan, batch, first_pass(plan, batch).size)
    p.draw_latents = partial(make_latents, p, plan, batch, describer, saver, progress)
    samples = PostSampleArgs(
        p.sample(None, None, batch.seeds, batch.subseeds, plan.request.subseed_strength, batch.prompts)
    )
    hooks.post_sample(p, samples)
    pixels = decode_latents(models.model, plan, samples.samples, progress)  # by the model that made them
    hooks.postprocess_batch(p, pixels, number)
    listed = PostprocessBatchListArgs(list(pixels))
    hooks.postprocess_batch_list(p, listed, number)

    finished = [finish(p, plan, i, picture, saver) for i, picture in enumerate(pictures_of(listed.images))]
    images = [describe_image(batch, i, each.image, describer) for i, each in enumerate(finished)]
    offer_finished([image.image for image in images], plan.settings, progress)
    complete = not progress.cut_short or plan.settings[options.SAVE_INCOMPLETE]
    if plan.request.save_images and plan.settings[SAMPLES_SAVE] and complete:
        images = [
            replace(image, path=saver.save_sample(image, plan, batch.first + i)) for i, image in enumerate(images)
        ]
        for i, (image, each) in enumerate(zip(images, finished, strict=True)):
            saver.save_beside(each.saved(plan.settings), image.infotext, plan, batch.first + i)
    return [shown for pair in zip(images, finished, strict=True) for shown in with_sides(*pair, plan.settings)]


def pictures_of(pixels: list[Tensor]) -> list[Image]:
    """Turn pixels (3, H, W) in 0..1 into pictures; scripts may have made them of several sizes."""
    return [to_images(image[None])[0] for image in pixels]


def finish(p: StableDiffusionProcessing, plan: Plan, index: int, picture: Image, saver: Saver) -> FinishedPicture:
    """Return a picture as it is shown and saved: faces restored, the original's colours, laid into the original."""
    hooks, inputs, beside = p.scripts, plan.inputs, dict[str, Image]()
    p.batch_index = index
    faces = plan_faces(plan)
    if faces is not None and p.progress is not None and not p.progress.cut_short:
        if faces.keeps_before:
            beside[BEFORE] = picture
        picture = faces.restore(picture, saver.paths, saver.flags, p.progress)
    image = PostprocessImageArgs(picture, index)
    hooks.postprocess_image(p, image)
    if inputs is not None:
        mask = inputs.mask.shown if inputs.mask else None
        overlay = PostProcessMaskOverlayArgs(index, mask, inputs.overlay(index))
        hooks.postprocess_maskoverlay(p, overlay)
        colored = inputs.with_colors(image.image, index)
        beside |= side_pictures(inputs, plan.settings, image.image, colored, overlay)
        image.image = inputs.lay_over(colored, overlay.overlay_image)
    hooks.postprocess_image_after_composite(p, image)
    return FinishedPicture(image.image, beside)


def make_latents(
    p: StableDiffusionProcessing, plan: Plan, batch: Batch, describer: Describer, saver: Saver, progress: Progress
) -> Tensor:
    """Sample the latents of a batch, with Hires. fix in two passes; cut short in the first, return what it has."""
    assert p.models is not None
    models = p.models
    if plan.img2img is not None and plan.inputs is not None:
        with plan.changes.while_using_vae(models.model, progress.comment):
            latents, mask = begin_with_pictures(models.model, plan.img2img, plan.inputs, batch.seeds, plan.settings)
        latents = sample(p, plan, batch, picture_pass(plan, batch, mask), latents)
        progress.batch_done()
        return latents
    given = plan.hires.request.firstpass_image if plan.hires else None
    latents: Tensor | None = None
    if plan.hires is None or given is None:
        latents = sample(p, plan, batch, first_pass(plan, batch))
    progress.batch_done()
    if plan.hires is None or (latents is not None and progress.cut_short):
        assert latents is not None
        return latents

    pictures = [given] * len(batch.seeds) if given else None
    enlarges_pictures = isinstance(plan.hires.method, Upscaler)
    keeps = saver.keeps_first_pass and plan.request.save_images
    if latents is not None and (enlarges_pictures or keeps):
        pictures = to_images(decode_latents(models.model, plan, latents, progress))
        saver.save_first_pass([describe_image(batch, i, p, describer) for i, p in enumerate(pictures)], plan, batch)
    if latents is None and not enlarges_pictures:
        with plan.changes.while_using_vae(models.model, progress.comment):
            latents = encode_as_set(models.model, to_pixels(pictures or []), plan.settings)
    models.switch(models.hires or models.base)
    with plan.changes.while_using_vae(models.model, progress.comment):
        latents = enlarge(models.model, latents, pictures, plan.hires, EnhanceJob(plan.settings, progress))
    this = second_pass(plan, batch, latents)
    activate_networks(p, batch.hires_prompts[0], batch.prompts[0])
    p.is_hr_pass, p.rng = True, make_noise(models.model, plan, batch, this.size)
    p.scripts.before_hr(p)
    latents = sample(p, plan, batch, this, latents)
    p.is_hr_pass = False
    progress.batch_done()
    return latents


def sample(
    p: StableDiffusionProcessing, plan: Plan, batch: Batch, this: SamplingPass, start: Tensor | None = None
) -> Tensor:
    """Run a pass of sampling, as scripts see and change it."""
    assert p.models is not None
    assert p.progress is not None
    show_pass(p, this, start)
    return sample_latents(p.models, plan, batch, this, p.progress, start, noise=p.rng, hooks=sampling_hooks(p))


def decode_latents(model: DiffusionModel, plan: Plan, latents: Tensor, progress: Progress) -> Tensor:
    """Decode latents (B, 4, h, w) to pixels (B, 3, 8h, 8w) in 0..1 as the plan asks for."""
    with plan.changes.while_using_vae(model, progress.comment):
        if progress.cut_short and plan.settings[model_options.PREVIEW_ON_INTERRUPT]:
            return interrupted_pixels(model, latents, plan.settings)
        return decode_as_set(model, latents, plan.settings)


def require_memory(model: DiffusionModel, plan: Plan) -> None:
    """Refuse a size that cannot be made: a CPU that runs out of memory takes the whole program with it.

    Raises:
        DeviceMemoryError: it would need more memory than is free.
    """
    width, height = plan.largest_size
    sampling = sampling_memory(model, width, height, plan.request.batch_size)
    needed, free = max(sampling, least_decode_memory(model, width, height)), device_memory(model.device).free
    if model.device.type == "cpu" and needed > free:
        raise DeviceMemoryError(
            f"A picture of {width}x{height} needs about {needed / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free; choose a smaller size or batch."
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
