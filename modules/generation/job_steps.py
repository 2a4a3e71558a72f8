"""Between a job and the flow: what is read out of `p` after scripts had it, and what is shown in it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from modules.core.options import Settings
from modules.engine.text.network_tags import NetworkTag, split_network_tags
from modules.generation.each_image import EachImage, find_each_image, fit_batch_size
from modules.generation.hooks import BatchArgs
from modules.generation.job import (
    StableDiffusionProcessing,
    StableDiffusionProcessingImg2Img,
    StableDiffusionProcessingTxt2Img,
    first_of,
    read_job,
)
from modules.generation.models_in_use import ModelsInUse
from modules.generation.network_options import FIRST_PASS_CONDITIONING
from modules.generation.networks import networks_of_settings
from modules.generation.plan import Batch, Plan, make_plan
from modules.generation.sampling import SamplingHooks, SamplingPass
from modules.generation.saving import Saver


def find_images(p: StableDiffusionProcessing, settings: Settings) -> None:
    """Find prompts and seeds of each image, for scripts to see and change.

    Raises:
        InputError: lists that do not fit each other, or a value out of range.
    """
    assert p.program is not None
    assert p.progress is not None
    request = read_job(p)
    p.batch_size = fit_batch_size(request).batch_size
    each = find_each_image(
        request,
        settings,
        p.program.styles_named(p.styles or ()),
        prompts=listed(p.prompt),
        negative_prompts=listed(p.negative_prompt),
        seeds=listed(p.seed),
        subseeds=listed(p.subseed),
    )
    added = networks_of_settings(each.prompts[0], settings, p.program.networks, p.progress.comment)
    p.all_prompts, p.all_negative_prompts = [f"{prompt}{added}" for prompt in each.prompts], list(each.negative_prompts)
    p.all_seeds, p.all_subseeds = list(each.seeds), list(each.subseeds)
    p.main_prompt, p.main_negative_prompt = each.prompts[0], each.negative_prompts[0]
    if isinstance(p, StableDiffusionProcessingTxt2Img):
        p.all_hr_prompts = [f"{prompt}{added}" for prompt in each.hires_prompts]
        p.all_hr_negative_prompts = list(each.hires_negative_prompts)


def listed(value: Any) -> list[Any] | None:
    """Return a list that a script has set, or None for one value for all."""
    return list(value) if isinstance(value, list | tuple) else None


def plan_job(p: StableDiffusionProcessing, settings: Settings) -> Plan:
    """Read the job into a plan.

    Raises:
        InputError: a value out of range.
    """
    return with_colors_chosen(p, make_plan(read_job(p), settings, each_image(p)))


def with_colors_chosen(p: StableDiffusionProcessing, plan: Plan) -> Plan:
    """Return the plan with the pictures that a script wants the results to have the colours of."""
    chosen = p.color_corrections if isinstance(p, StableDiffusionProcessingImg2Img) else None
    if plan.inputs is None or not plan.inputs.like or not chosen:
        return plan
    return replace(plan, inputs=replace(plan.inputs, like=tuple(chosen)))


def each_image(p: StableDiffusionProcessing) -> EachImage:
    """Read prompts and seeds of each image."""
    hires = isinstance(p, StableDiffusionProcessingTxt2Img) and p.enable_hr
    return EachImage(
        tuple(p.all_prompts),
        tuple(p.all_negative_prompts),
        tuple(int(seed) for seed in p.all_seeds),
        tuple(int(seed) for seed in p.all_subseeds),
        tuple(p.all_hr_prompts or p.all_prompts) if hires else (),  # type: ignore[attr-defined]
        tuple(p.all_hr_negative_prompts or p.all_negative_prompts) if hires else (),  # type: ignore[attr-defined]
    )


def saver_of(p: StableDiffusionProcessing, settings: Settings, models: ModelsInUse) -> Saver:
    """Return what saves the pictures of a job."""
    assert p.program is not None
    return replace(
        p.program.saver_for(settings, models),
        prompt_without_styles=str(first_of(p.prompt)),
        samples_folder=Path(p.outpath_samples) if p.outpath_samples else None,
        grids_folder=Path(p.outpath_grids) if p.outpath_grids else None,
        user=p.user or "",
    )


def begin_batch(p: StableDiffusionProcessing, plan: Plan, batch: Batch) -> tuple[Plan, Batch]:
    """Let scripts have a batch before it is made; return the plan and the batch as they are then."""
    p.iteration = batch.first // plan.request.batch_size
    p.prompts, p.negative_prompts = list(batch.prompts), list(batch.negative_prompts)
    p.seeds, p.subseeds = list(batch.seeds), list(batch.subseeds)
    p.init_latent = None
    show_inputs(p, plan)
    p.scripts.before_process_batch(p, batch_args(p))
    activate_networks(p, p.prompts[0])
    p.scripts.after_extra_networks_activate(p, batch_args(p), network_data(p.prompts[0]))
    p.scripts.process_batch(p, batch_args(p))
    batch = replace(
        batch,
        prompts=tuple(p.prompts),
        negative_prompts=tuple(p.negative_prompts),
        seeds=tuple(p.seeds),
        subseeds=tuple(p.subseeds),
    )
    if read_job(p) == plan.source:
        return plan, batch
    return with_colors_chosen(p, make_plan(read_job(p), plan.settings, plan.each)), batch


def activate_networks(p: StableDiffusionProcessing, prompt: str, first_prompt: str | None = None) -> None:
    """Put the networks of a batch's first prompt on the model.

    Args:
        p: the job.
        prompt: of the pass that begins.
        first_prompt: of the pass before, if this is the second one.
    """
    assert p.networks is not None
    assert p.models is not None
    assert p.progress is not None
    found = p.networks.find(prompt)
    for comment in found.comments:
        p.progress.comment(comment)
    active = found.active
    if first_prompt is not None and p.networks.settings[FIRST_PASS_CONDITIONING]:
        active = active.conditioned_by(p.networks.find(first_prompt).active)
    p.models.use(active)


def batch_args(p: StableDiffusionProcessing) -> BatchArgs:
    """Return what hooks of a batch are told."""
    return BatchArgs(p.iteration, p.prompts, p.seeds, p.subseeds)


def network_data(prompt: str) -> dict[str, list[NetworkTag]]:
    """Return the network tags of a prompt by their kind."""
    data: dict[str, list[NetworkTag]] = {}
    for tag in split_network_tags(prompt)[1]:
        data.setdefault(tag.kind, []).append(tag)
    return data


def show_inputs(p: StableDiffusionProcessing, plan: Plan) -> None:
    """Show scripts how mask and originals of an img2img job came out."""
    if not isinstance(p, StableDiffusionProcessingImg2Img) or plan.inputs is None:
        return
    mask = plan.inputs.mask
    p.mask_for_overlay = mask.shown if mask else None
    p.overlay_images = list(mask.overlays) if mask else None
    p.paste_to = None
    if mask and mask.region:
        left, top, right, bottom = mask.region
        p.paste_to = (left, top, right - left, bottom - top)


def show_pass(p: StableDiffusionProcessing, this: SamplingPass, start: Tensor | None) -> None:
    """Show scripts the latents that a pass begins with, and its mask."""
    p.init_latent = start
    if isinstance(p, StableDiffusionProcessingImg2Img):
        p.nmask = this.mask.painted if this.mask else None
        p.mask = 1 - this.mask.painted if this.mask else None


def sampling_hooks(p: StableDiffusionProcessing) -> SamplingHooks:
    """Return what scripts do in a pass of sampling."""
    scripts = p.scripts
    return SamplingHooks(
        begins=partial(scripts.process_before_every_sampling, p)
        if scripts.wants("process_before_every_sampling")
        else None,
        blends=partial(scripts.on_mask_blend, p) if scripts.wants("on_mask_blend") else None,
    )


def request_count(plan: Plan) -> int:
    """Return how many passes of sampling a job has."""
    return plan.request.n_iter * (2 if plan.hires else 1)
