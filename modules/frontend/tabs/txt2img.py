"""The txt2img tab: layout, then the table of fields, then events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.frontend.components.output_panel import create_output_panel
from modules.frontend.components.prompt_row import create_prompt_row
from modules.frontend.components.seed_row import SeedRow, create_seed_row
from modules.frontend.components.settings_rows import create_sampler_row, create_size_row, slider
from modules.frontend.fields import Field, Tab, read_request
from modules.frontend.tabs.events import connect_job, connect_open_folder, connect_paste, connect_token_counter
from modules.generation.request import Txt2ImgRequest
from modules.generation.result import Result
from modules.imaging.save_settings import output_folder

TAB = "txt2img"


def create_tab(app: App) -> Tab:
    """Build the tab."""
    start: Mapping[str, Any] = app.recommended()
    with gr.Blocks(analytics_enabled=False) as blocks:
        top = create_prompt_row(TAB, start.get("prompt", ""))
        with gr.Row(elem_id=f"{TAB}_columns", elem_classes="columns"):
            with gr.Column(elem_id=f"{TAB}_settings", elem_classes="settings", scale=3, min_width=320):
                sampling = create_sampler_row(TAB, SAMPLERS.names(), schedule_labels(), start)
                size = create_size_row(TAB, start)
                cfg_scale = slider("CFG Scale", f"{TAB}_cfg_scale", (1, 30, 0.5), start.get("cfg_scale", 7))
                seed = create_seed_row(TAB, as_text=app.flags.use_textbox_seed)
            panel = create_output_panel(TAB, can_open_folder=not app.flags.hide_ui_dir_config)

        fields = [
            Field("prompt", top.prompt.text, "Prompt"),
            Field("negative_prompt", top.negative_prompt.text, "Negative prompt"),
            Field("sampler_name", sampling.sampler, "Sampler"),
            Field("scheduler", sampling.schedule, "Schedule type"),
            Field("steps", sampling.steps, "Steps"),
            Field("width", size.width, "Size-1"),
            Field("height", size.height, "Size-2"),
            Field("n_iter", size.batch_count),
            Field("batch_size", size.batch_size, "Batch size"),
            Field("cfg_scale", cfg_scale, "CFG scale"),
            *seed_fields(seed),
        ]

        def generate(values: list[Any], task_id: str) -> Result:
            return app.txt2img(read_request(Txt2ImgRequest, fields, values, save_images=True), task_id)

        connect_job(app, TAB, top.generate, fields, panel, generate)
        connect_paste(app, TAB, top.paste, fields, panel)
        connect_token_counter(app, top.prompt, sampling.steps)
        connect_token_counter(app, top.negative_prompt, sampling.steps, is_negative=True)
        connect_open_folder(panel, lambda: output_folder(app.settings(), app.paths.data, TAB))
    return Tab(blocks, TAB, TAB, fields)


def seed_fields(row: SeedRow) -> list[Field]:
    """Return the rows of the table for the seed and its extras."""
    extra = row.extra
    return [
        Field("seed", row.seed, "Seed", empty=-1, whole=True),
        Field("", extra, has_seed_extras),
        Field("subseed", row.subseed, "Variation seed", empty=-1, whole=True, only_if=extra),
        Field("subseed_strength", row.subseed_strength, "Variation seed strength", only_if=extra),
        Field("seed_resize_from_w", row.resize_width, "Seed resize from-1", only_if=extra),
        Field("seed_resize_from_h", row.resize_height, "Seed resize from-2", only_if=extra),
    ]


def has_seed_extras(parameters: Mapping[str, Any]) -> bool | None:
    """Say whether the parameters of a picture, not those of a mere prompt, name a seed extra."""
    if "Seed" not in parameters:
        return None
    return "Variation seed" in parameters or "Seed resize from-1" in parameters


def schedule_labels() -> list[str]:
    """Return the menu of schedules; the one that leaves it to the sampler comes first."""
    return [AUTOMATIC, *(schedule.label for schedule in SCHEDULES if schedule.label != AUTOMATIC)]
