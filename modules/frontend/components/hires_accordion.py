"""Hires. fix: its checkbox in the header, and the second pass's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.engine.latents.upscale import DEFAULT_LATENT_MODE, LATENT_MODES
from modules.enhance.upscalers import UPSCALERS
from modules.frontend.components.checkpoint_menu import CheckpointMenu, create_checkpoint_menu
from modules.frontend.components.input_accordion import input_accordion
from modules.frontend.components.settings_rows import slider
from modules.generation.request import SAME_CHECKPOINT, SAME_SAMPLER, SAME_SCHEDULER


@dataclass(frozen=True)
class HiresAccordion:
    """The controls; those after `final_size` count only while `enabled` is ticked."""

    enabled: gr.Checkbox
    final_size: gr.HTML
    upscaler: gr.Dropdown
    steps: gr.Slider
    denoising_strength: gr.Slider
    scale: gr.Slider
    resize_width: gr.Slider
    resize_height: gr.Slider
    checkpoint: CheckpointMenu
    sampler: gr.Dropdown
    schedule: gr.Dropdown
    prompt: gr.Textbox
    negative_prompt: gr.Textbox
    cfg_scale: gr.Slider


def create_hires_accordion(
    app: App, tab: str, samplers: Sequence[str], schedules: Sequence[str], start: Mapping[str, Any]
) -> HiresAccordion:
    """Lay out the controls. assets/javascript/hires.js says the final size, and which rows are shown.

    Args:
        app: the program.
        tab: what the elem_ids begin with.
        samplers: entries of the sampler menu.
        schedules: entries of the schedule menu.
        start: values to begin with, by request field.
    """
    # "txtimg" is how A1111 has it.
    with input_accordion("Hires. fix", f"{tab}_hr", said_id="txtimg_hr_finalres") as head:
        with gr.Column(elem_id=f"{tab}_hires_fix", elem_classes="hires-grid"):
            with gr.Row(elem_id=f"{tab}_hires_fix_row1"):
                upscaler = gr.Dropdown(
                    [*LATENT_MODES.names(), *UPSCALERS.names()],
                    value=start.get("hr_upscaler", DEFAULT_LATENT_MODE),
                    label="Upscaler",
                    elem_id=f"{tab}_hr_upscaler",
                    elem_classes=["one-line"],
                    interactive=True,
                )
                steps = slider("Hires steps", f"{tab}_hires_steps", (0, 150, 1), start.get("hr_second_pass_steps", 0))
                strength = slider(
                    "Denoising strength",
                    f"{tab}_denoising_strength",
                    (0, 1, 0.01),
                    start.get("denoising_strength", 0.7),
                )
            with gr.Row(elem_id=f"{tab}_hires_fix_row2"):
                scale = slider("Upscale by", f"{tab}_hr_scale", (1, 4, 0.05), start.get("hr_scale", 2))
                width = slider("Resize width to", f"{tab}_hr_resize_x", (0, 2048, 8), 0)
                height = slider("Resize height to", f"{tab}_hr_resize_y", (0, 2048, 8), 0)
        with gr.Row(elem_id=f"{tab}_hires_fix_row3", elem_classes="hires-own-sampler"):
            checkpoint = create_checkpoint_menu(app, "Checkpoint", "hr_checkpoint", SAME_CHECKPOINT)
            sampler = _same_or("Sampling method", "hr_sampler", SAME_SAMPLER, samplers)
            schedule = _same_or("Schedule type", "hr_scheduler", SAME_SCHEDULER, schedules)
        with gr.Column(elem_id=f"{tab}_hires_fix_row4", elem_classes="hires-own-prompts"):
            prompt = _prompt("Hires prompt", "hires_prompt", "Prompt")
            negative_prompt = _prompt("Hires negative prompt", "hires_neg_prompt", "Negative prompt")
            cfg_scale = slider("Hires CFG Scale", f"{tab}_hr_cfg", (0, 30, 0.5), 0)
    return HiresAccordion(
        head.enabled,
        head.said,
        upscaler,
        steps,
        strength,
        scale,
        width,
        height,
        checkpoint,
        sampler,
        schedule,
        prompt,
        negative_prompt,
        cfg_scale,
    )


def _same_or(label: str, elem_id: str, same: str, entries: Sequence[str]) -> gr.Dropdown:
    return gr.Dropdown(
        [same, *entries], value=same, label=label, elem_id=elem_id, elem_classes=["one-line"], interactive=True
    )


def _prompt(label: str, elem_id: str, what: str) -> gr.Textbox:
    return gr.Textbox(
        "",
        label=label,
        show_label=False,
        container=False,
        lines=3,
        max_lines=12,
        placeholder=f"{what} of the second pass; empty takes that of the first",
        interactive=True,
        elem_id=elem_id,
        elem_classes=["prompt"],
    )
