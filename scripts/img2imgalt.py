"""img2img alternative test: sampling begins with the noise that would have given the picture (contract 7.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from modules import scripts
from modules.core.errors import InputError
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.inversion import recover_noise
from modules.engine.sampling.sigmas import SCHEDULES
from modules.engine.text.encoder import encode_composed, encode_prompts
from modules.engine.text.network_tags import without_network_tags
from modules.engine.types import SamplingStopped
from modules.generation.prompt_options import text_settings
from modules.generation.request import MOST_STEPS
from modules.generation.sampler_values import noise_schedule_change
from modules.plugins.arguments import read_flag, read_number, read_text, read_whole
from modules.plugins.picture_jobs import first_picture, settings_of
from modules.processing import Processed, process_images
from modules.shared import state

INFO = "* `CFG Scale` should be 2 or lower."
WRITTEN = (
    "Decode prompt", "Decode negative prompt", "Decode CFG scale", "Decode steps", "Randomness", "Sigma Adjustment"
)  # fmt: skip
"""In infotexts, in this order."""


@dataclass(frozen=True)
class Recovery:
    """How the noise is found.

    Attributes:
        prompt: what the picture shows; `negative_prompt` what it does not.
        steps: of sampling backwards.
        cfg_scale: while sampling backwards.
        adjusted: see `recover_noise`.
    """

    prompt: str
    negative_prompt: str
    steps: int
    cfg_scale: float
    adjusted: bool


@dataclass(frozen=True)
class Found:
    """Noise that was found, kept for the next job on the same picture.

    Attributes:
        of: checkpoint and settings that it depends on.
        latents: of the picture, (B, C, h, w).
        noise: of the same shape.
    """

    of: tuple[object, ...]
    latents: Tensor
    noise: Tensor


class Script(scripts.Script):
    """The entry of the menu."""

    def __init__(self) -> None:
        self.found: Found | None = None

    def title(self) -> str:
        return "img2img alternative test"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        def tick(label: str, item: str, value: bool) -> gr.Checkbox:
            return gr.Checkbox(value, label=label, elem_id=self.elem_id(item))

        info = gr.Markdown(INFO)
        sampler = tick(
            "Override `Sampling method` to Euler?(this method is built for it)", "override_sampler", value=True
        )
        same_prompt = tick(
            "Override `prompt` to the same value as `original prompt`?(and `negative prompt`)",
            "override_prompt",
            value=True,
        )
        prompt = gr.Textbox("", label="Original prompt", lines=1, elem_id=self.elem_id("original_prompt"))
        negative_prompt = gr.Textbox(
            "", label="Original negative prompt", lines=1, elem_id=self.elem_id("original_negative_prompt")
        )
        same_steps = tick(
            "Override `Sampling Steps` to the same value as `Decode steps`?", "override_steps", value=True
        )
        steps = gr.Slider(1, 150, 50, step=1, label="Decode steps", elem_id=self.elem_id("st"))
        strength = tick("Override `Denoising strength` to 1?", "override_strength", value=True)
        cfg = gr.Slider(0, 15, 1, step=0.1, label="Decode CFG scale", elem_id=self.elem_id("cfg"))
        randomness = gr.Slider(0, 1, 0, step=0.01, label="Randomness", elem_id=self.elem_id("randomness"))
        adjusted = tick("Sigma adjustment for finding noise for image", "sigma_adjustment", value=False)
        shown = (prompt, negative_prompt, cfg, steps, randomness, adjusted)
        self.infotext_fields = list(zip(shown, WRITTEN, strict=True))
        return [
            info, sampler, same_prompt, prompt, negative_prompt, same_steps, steps, strength, cfg, randomness, adjusted
        ]  # fmt: skip

    def run(  # noqa: PLR0913 - one value for each control
        self,
        p: Any,
        _info: Any,
        override_sampler: Any,
        override_prompt: Any,
        prompt: Any,
        negative_prompt: Any,
        override_steps: Any,
        steps: Any,
        override_strength: Any,
        cfg_scale: Any,
        randomness: Any,
        adjusted: Any,
    ) -> Processed:
        """Make the pictures from the noise of the original, mixed with some of the seed's.

        Raises:
            InputError: a value out of range, no picture, or a checkpoint that needs to be shown a picture.
        """
        recovery = Recovery(
            read_text("Original prompt", prompt),
            read_text("Original negative prompt", negative_prompt),
            read_whole("Decode steps", steps, 1, MOST_STEPS),
            read_number("Decode CFG scale", cfg_scale, 0, 1000),
            read_flag("Sigma adjustment", adjusted),
        )
        randomness = read_number("Randomness", randomness, 0, 1)
        first_picture(p)  # there is one
        if read_flag("Override sampling method", override_sampler):
            p.sampler_name = "Euler"
        if read_flag("Override prompt", override_prompt):
            p.prompt, p.negative_prompt = recovery.prompt, recovery.negative_prompt
        if read_flag("Override sampling steps", override_steps):
            p.steps = recovery.steps
        if read_flag("Override denoising strength", override_strength):
            p.denoising_strength = 1.0
        values = (
            recovery.prompt, recovery.negative_prompt, recovery.cfg_scale, recovery.steps, randomness, recovery.adjusted
        )  # fmt: skip
        p.extra_generation_params |= dict(zip(WRITTEN, values, strict=True))
        p.initial_noise_multiplier = 1.0

        sample = p.sample

        def sample_from_recovered(*args: Any, **kwargs: Any) -> Tensor:
            p.rng = RecoveredNoise(self, p, recovery, randomness)
            return sample(*args, **kwargs)

        p.sample = sample_from_recovered
        return process_images(p)

    def noise_of(self, p: Any, recovery: Recovery) -> Tensor:
        """Return the noise of the latents that `p` begins with; that of the latest picture is kept.

        Raises:
            InputError: the checkpoint needs to be shown a picture.
        """
        settings = settings_of(p)
        of = (recovery, p.models.base.filename, text_settings(settings), noise_schedule_change(settings))
        known = self.found
        if known is not None and known.of == of and torch.equal(known.latents, p.init_latent):
            return known.noise
        noise = find_noise(p, recovery)
        if not p.progress.interrupted:
            self.found = Found(of, p.init_latent.clone(), noise)
        return noise


class RecoveredNoise:
    """The noise of a pass, in the place of the seeds' own."""

    def __init__(self, script: Script, p: Any, recovery: Recovery, randomness: float) -> None:
        self._script, self._p, self._recovery, self._randomness = script, p, recovery, randomness
        self._seeds = p.rng

    def first(self) -> Tensor:
        """Return the noise (B, C, h, w) that leads to the picture, mixed with the seeds' by the randomness.

        img2img adds it to the latents of the picture; what of them would be left at the highest level is taken off.
        """
        p, share = self._p, self._randomness
        random = self._seeds.first()
        recovered = self._script.noise_of(p, self._recovery)
        mixed = (recovered * (1 - share) + random * share) / (share**2 + (1 - share) ** 2) ** 0.5
        return mixed - p.init_latent / unet_denoiser(p).levels.largest

    def next(self) -> Tensor:
        """Draw the noise of a step (B, C, h, w)."""
        return self._seeds.next()


def unet_denoiser(p: Any) -> UNetDenoiser:
    """Return the model's denoiser with the noise schedule of the job."""
    change = noise_schedule_change(settings_of(p))
    return UNetDenoiser(p.sd_model, alphas_cumprod=change.of(p.sd_model.alphas_cumprod))


def find_noise(p: Any, recovery: Recovery) -> Tensor:
    """Sample backwards from the latents that `p` begins with; interrupted, return no noise at all.

    Raises:
        InputError: the checkpoint needs to be shown a picture.
    """
    model, denoiser, steps = p.sd_model, unet_denoiser(p), recovery.steps
    if model.variant != "plain":
        raise InputError("img2img alternative test needs a plain checkpoint, none for inpainting, depth or editing.")
    text, count = text_settings(settings_of(p)), len(p.init_latent)
    prompt = without_network_tags(recovery.prompt)
    cond = encode_composed(model, [prompt] * count, steps, text)
    uncond = encode_prompts(model, [recovery.negative_prompt] * count, steps, text)
    guided = GuidedDenoiser(denoiser, cond, uncond, recovery.cfg_scale, calls=steps)
    guided.step = steps - 1  # prompts are scheduled over sampling forwards

    def on_step(step: int, _denoised: Tensor) -> None:
        guided.step = max(steps - 2 - step, 0)
        p.progress.step_done(step + 1)
        if p.progress.interrupted:
            raise SamplingStopped

    state.job_count += 1
    p.progress.begin_sampling(steps)
    sigmas = SCHEDULES.get("uniform").with_final_zero(denoiser.levels, steps).flip(0)
    try:
        with model.memory.use("unet"):
            noise = recover_noise(guided, p.init_latent, sigmas, adjusted=recovery.adjusted, on_step=on_step)
    except SamplingStopped:
        noise = torch.zeros_like(p.init_latent)
    p.progress.batch_done()
    return noise
