"""The txt2img tab: layout, then the table of fields, then events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.enhance.options import FACE_RESTORATION
from modules.frontend.components.checkpoint_menu import CheckpointMenu
from modules.frontend.components.hires_accordion import HiresAccordion, create_hires_accordion
from modules.frontend.components.output_panel import OutputPanel, create_output_panel
from modules.frontend.components.override_settings import create_override_settings
from modules.frontend.components.prompt_row import PromptRow, make_prompt_row
from modules.frontend.components.refiner_accordion import RefinerAccordion, create_refiner_accordion
from modules.frontend.components.seed_row import SeedRow, create_seed_row
from modules.frontend.components.settings_column import settings_column
from modules.frontend.components.settings_rows import (
    Batch,
    SamplerRow,
    SizeRow,
    create_checkboxes,
    create_sampler_row,
    create_size_row,
    make_batch,
    slider,
)
from modules.frontend.components.style_row import style_names
from modules.frontend.fields import Field, Tab, read_request
from modules.frontend.layout_options import BATCH_BESIDE_SIZE, COMPACT_PROMPTS, SAMPLERS_AS_MENU
from modules.frontend.overrides import overrides_of, read_overrides
from modules.frontend.tabs.accordion_events import connect_checkpoint_menu, connect_hires, connect_refiner
from modules.frontend.tabs.converter_events import connect_converter
from modules.frontend.tabs.events import connect_job, connect_paste, connect_token_counter
from modules.frontend.tabs.extra_networks import network_tabs
from modules.frontend.tabs.extra_options import create_extra_options, extra_options
from modules.frontend.tabs.history_events import connect_history
from modules.frontend.tabs.prompt_history import keeps_prompts
from modules.frontend.tabs.prompt_picture import connect_prompt_picture
from modules.frontend.tabs.save_events import connect_open_folder, connect_save
from modules.frontend.tabs.script_menu import ScriptMenu
from modules.frontend.tabs.style_events import connect_styles, style_field
from modules.frontend.tabs.upscale_events import connect_upscale
from modules.generation.from_infotext import Recipe
from modules.generation.model_options import TILING
from modules.generation.request import Txt2ImgRequest
from modules.generation.result import Result
from modules.generation.sampler_options import HIDE_SAMPLERS

TAB = "txt2img"


@dataclass(frozen=True)
class Controls:
    """What the tab is made of."""

    top: PromptRow
    sampling: SamplerRow
    hires: HiresAccordion
    refiner: RefinerAccordion
    restore_faces: gr.Checkbox
    tiling: gr.Checkbox
    size: SizeRow
    batch: Batch
    cfg_scale: gr.Slider
    seed: SeedRow
    overrides: gr.Dropdown
    extra: list[Field]
    panel: OutputPanel


def create_tab(app: App) -> Tab:
    """Build the tab."""
    scripts = ScriptMenu(app, TAB)
    with gr.Blocks(analytics_enabled=False) as blocks:
        made = lay_out(app, scripts)
        top, panel, steps = made.top, made.panel, made.sampling.steps
        fields = fields_of(app, made)

        def generate(values: list[Any], task_id: str, user: str | None) -> Result:
            request = read_request(Txt2ImgRequest, fields, values[: len(fields)], save_images=True)
            return app.generate(request, task_id, scripts=scripts.call(values[len(fields) :]), user=user)

        connect_job(app, TAB, top.generate, [*fields, *scripts.fields], panel, generate)
        connect_paste(app, TAB, top.paste, [*fields, *scripts.fields], panel)
        connect_converter(TAB, top, panel)
        connect_styles(app, TAB, top)
        connect_token_counter(app, top.prompt, steps, top.styles.menu)
        connect_token_counter(app, top.negative_prompt, steps, top.styles.menu, is_negative=True)
        connect_hires(TAB, made.hires, made.size)
        connect_refiner(made.refiner)
        checkpoint_menus = [made.hires.checkpoint, made.refiner.checkpoint]
        for menu in checkpoint_menus:
            connect_checkpoint_menu(app, menu)
        connect_prompt_picture(TAB, top, panel)
        connect_history(app, TAB, top.history, panel)
        connect_save(app, TAB, panel)
        connect_open_folder(app, TAB, panel)
        connect_upscale(app, TAB, fields, panel)
    return Tab(blocks, TAB, TAB, fields, checkpoint_menus, panel.send)


def lay_out(app: App, scripts: ScriptMenu) -> Controls:
    """Make the controls."""
    start: Mapping[str, Any] = app.recommended()
    samplers, schedules, options = visible_samplers(app), schedule_labels(), app.options
    top = make_prompt_row(
        *(TAB, start.get("prompt", ""), style_names(app)),
        compact=options[COMPACT_PROMPTS],
        with_history=keeps_prompts(app),
    )
    top.place_on_top()
    with network_tabs(app, TAB), gr.Row(elem_id=f"{TAB}_columns", elem_classes="columns"):
        with settings_column(TAB, options, scripts) as column:
            with column.item("prompt"):
                top.place_in_column()
            with column.item("sampler"):
                as_menu = options[SAMPLERS_AS_MENU]
                sampling = create_sampler_row(TAB, samplers, schedules, start, as_menu=as_menu)
            with column.item("accordions"), gr.Column(elem_id=f"{TAB}_accordions", elem_classes="accordions"):
                hires = create_hires_accordion(app, TAB, samplers, schedules, start)
                refiner = create_refiner_accordion(app, TAB)
                scripts.create_section("accordions")
            with column.item("checkboxes"):
                faces = options[FACE_RESTORATION]
                restore_faces, tiling = create_checkboxes(TAB, restore_faces=faces, tiling=options[TILING])
            batch = make_batch(TAB, beside_size=options[BATCH_BESIDE_SIZE])
            with column.item("dimensions"):
                size = create_size_row(TAB, start, batch)
            with column.item("cfg"):
                cfg_scale = slider("CFG Scale", f"{TAB}_cfg_scale", (1, 30, 0.5), start.get("cfg_scale", 7))
            with column.item("seed"):
                seed = create_seed_row(TAB, as_text=app.flags.use_textbox_seed)
            with column.item("batch"):
                batch.place_apart()
            with column.item("override_settings"):
                overrides = create_override_settings(TAB)
            with column.item("extra_options"):
                extra = create_extra_options(app, TAB)
            column.create_scripts()
        may_open = not app.flags.hide_ui_dir_config
        panel = create_output_panel(TAB, can_open_folder=may_open, can_upscale=True, create_above=top.place_generate)
    return Controls(
        top, sampling, hires, refiner, restore_faces, tiling, size, batch, cfg_scale, seed, overrides, extra, panel
    )


def fields_of(app: App, made: Controls) -> list[Field]:
    """Return the table of the tab."""
    return [
        Field("prompt", made.top.prompt.text),
        Field("negative_prompt", made.top.negative_prompt.text),
        style_field(app, made.top.styles),
        Field("sampler_name", made.sampling.sampler),
        Field("scheduler", made.sampling.schedule),
        Field("steps", made.sampling.steps),
        *hires_fields(app, made.hires),
        *refiner_fields(app, made.refiner),
        Field("restore_faces", made.restore_faces),
        Field("tiling", made.tiling),
        Field("width", made.size.width),
        Field("height", made.size.height),
        *batch_fields(made.batch),
        Field("cfg_scale", made.cfg_scale),
        *seed_fields(made.seed),
        *setting_fields(app, made.overrides, made.extra),
    ]


def batch_fields(batch: Batch) -> list[Field]:
    """Return the rows of the table for the batch."""
    size = Field("batch_size", batch.size, lambda recipe: recipe.written.get("Batch size"))
    return [Field("n_iter", batch.count), size]


def setting_fields(app: App, overrides: gr.Dropdown, extra: Sequence[Field]) -> list[Field]:
    """Return the rows of the table for settings: those of Override settings, and those that the tab shows."""
    shown = extra_options(extra)

    def pasted(recipe: Recipe) -> list[str]:
        return overrides_of(app, recipe.written, shown)

    return [Field("override_settings", overrides, pasted, read=read_overrides), *extra]


def hires_fields(app: App, hires: HiresAccordion) -> list[Field]:
    """Return the rows of the table for Hires. fix."""
    on = hires.enabled
    return [
        Field("enable_hr", on),
        Field("hr_upscaler", hires.upscaler, only_if=on),
        Field("hr_second_pass_steps", hires.steps, only_if=on),
        Field("denoising_strength", hires.denoising_strength, only_if=on),
        Field("hr_scale", hires.scale, only_if=on),
        Field("hr_resize_x", hires.resize_width, only_if=on),
        Field("hr_resize_y", hires.resize_height, only_if=on),
        checkpoint_field(app, "hr_checkpoint_name", hires.checkpoint, on),
        Field("hr_sampler_name", hires.sampler, only_if=on),
        Field("hr_scheduler", hires.schedule, only_if=on),
        Field("hr_prompt", hires.prompt, only_if=on),
        Field("hr_negative_prompt", hires.negative_prompt, only_if=on),
        Field("hr_cfg", hires.cfg_scale, only_if=on),
    ]


def refiner_fields(app: App, refiner: RefinerAccordion) -> list[Field]:
    """Return the rows of the table for the refiner."""
    on = refiner.enabled
    return [
        Field("", on, lambda recipe: "Refiner" in recipe.written),
        checkpoint_field(app, "refiner_checkpoint", refiner.checkpoint, on),
        Field("refiner_switch_at", refiner.switch_at, only_if=on),
    ]


def checkpoint_field(app: App, name: str, menu: CheckpointMenu, on: gr.Checkbox) -> Field:
    """Return the row for a menu of checkpoints: an infotext may call a checkpoint by any of its names."""

    def pasted(recipe: Recipe) -> Any:
        return menu.title(app, recipe.fields[name]) if name in recipe.fields else None

    return Field(name, menu.dropdown, pasted, only_if=on, choices=lambda: menu.choices(app))


def seed_fields(row: SeedRow) -> list[Field]:
    """Return the rows of the table for the seed and its extras."""
    extra = row.extra
    return [
        Field("seed", row.seed, empty=-1, whole=True),
        Field("", extra, has_seed_extras),
        Field("subseed", row.subseed, empty=-1, whole=True, only_if=extra),
        Field("subseed_strength", row.subseed_strength, only_if=extra),
        Field("seed_resize_from_w", row.resize_width, only_if=extra),
        Field("seed_resize_from_h", row.resize_height, only_if=extra),
    ]


def has_seed_extras(recipe: Recipe) -> bool | None:
    """Say whether the parameters of a picture name a seed extra; None if they name no seed at all."""
    if "seed" not in recipe.fields:
        return None
    return "subseed" in recipe.fields or "seed_resize_from_w" in recipe.fields


def visible_samplers(app: App) -> list[str]:
    """Return the menu of samplers, without those that a setting hides; all of them if that would hide all."""
    hidden = {str(name).casefold() for name in app.options[HIDE_SAMPLERS]}
    return [name for name in SAMPLERS.names() if name.casefold() not in hidden] or SAMPLERS.names()


def schedule_labels() -> list[str]:
    """Return the menu of schedules; the one that leaves it to the sampler comes first."""
    return [AUTOMATIC, *(schedule.label for schedule in SCHEDULES if schedule.label != AUTOMATIC)]
