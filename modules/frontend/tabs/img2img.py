"""The img2img tab: layout, then the table of fields, then events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.enhance.options import FACE_RESTORATION
from modules.frontend.components.img2img_modes import create_modes
from modules.frontend.components.img2img_rows import (
    AREAS,
    MASK_MODES,
    RESIZE_MODES,
    InpaintControls,
    create_cfg_scales,
    create_img2img_size,
    create_inpaint_controls,
    radio,
)
from modules.frontend.components.output_panel import OutputPanel, create_output_panel
from modules.frontend.components.override_settings import create_override_settings
from modules.frontend.components.prompt_row import PromptRow, create_prompt_row
from modules.frontend.components.refiner_accordion import create_refiner_accordion
from modules.frontend.components.seed_row import create_seed_row
from modules.frontend.components.settings_rows import create_checkboxes, create_sampler_row, slider
from modules.frontend.components.style_row import style_names
from modules.frontend.components.tool_button import hidden_text
from modules.frontend.fields import Field, Tab
from modules.frontend.overrides import overrides_of, read_overrides
from modules.frontend.tabs.accordion_events import connect_checkpoint_menu, connect_refiner
from modules.frontend.tabs.converter_events import connect_converter
from modules.frontend.tabs.events import connect_job, connect_paste, connect_token_counter
from modules.frontend.tabs.img2img_jobs import JobInputs
from modules.frontend.tabs.interrogate_events import connect_interrogate
from modules.frontend.tabs.prompt_picture import connect_prompt_picture
from modules.frontend.tabs.save_events import connect_open_folder, connect_save
from modules.frontend.tabs.script_menu import ScriptMenu
from modules.frontend.tabs.style_events import connect_styles, style_field
from modules.frontend.tabs.txt2img import refiner_fields, schedule_labels, seed_fields, visible_samplers
from modules.generation.from_infotext import Recipe
from modules.generation.img2img_request import MASKED_CONTENTS
from modules.generation.model_options import TILING
from modules.imaging.save_settings import output_folder

TAB = "img2img"
DENOISING_STRENGTH = 0.75
MASK_PARAMETERS = {"Mask blur", "Mask mode", "Masked content", "Inpaint area", "Masked area padding"}


def create_tab(app: App) -> Tab:
    """Build the tab."""
    start: Mapping[str, Any] = app.recommended()
    scripts = ScriptMenu(app, TAB)
    with gr.Blocks(analytics_enabled=False) as blocks:
        top = create_prompt_row(TAB, start.get("prompt", ""), style_names(app))
        with gr.Row(elem_id=f"{TAB}_columns", elem_classes="columns"):
            with gr.Column(elem_id=f"{TAB}_settings", elem_classes="settings", scale=3, min_width=320):
                batch = create_modes(app.options, may_name_folders=not app.flags.hide_ui_dir_config)
                resize_mode = radio("Resize mode", "resize_mode", RESIZE_MODES, RESIZE_MODES[0])
                inpaint = create_inpaint_controls(lambda: scripts.create_section("inpaint"))
                sampling = create_sampler_row(TAB, visible_samplers(app), schedule_labels(), start)
                with gr.Column(elem_id=f"{TAB}_accordions", elem_classes="accordions"):
                    refiner = create_refiner_accordion(app, TAB)
                    scripts.create_section("accordions")
                restore_faces, tiling = create_checkboxes(
                    TAB, restore_faces=app.options[FACE_RESTORATION], tiling=app.options[TILING]
                )
                size = create_img2img_size(TAB, start)
                cfg = create_cfg_scales(TAB, start)
                strength = slider("Denoising strength", f"{TAB}_denoising_strength", (0, 1, 0.01), DENOISING_STRENGTH)
                seed = create_seed_row(TAB, as_text=app.flags.use_textbox_seed)
                overrides = create_override_settings(TAB)
                scripts.create()
                sent_pictures = hidden_text(f"{TAB}_sent_pictures")
            panel = create_output_panel(TAB, can_open_folder=not app.flags.hide_ui_dir_config)

        fields = [
            Field("prompt", top.prompt.text),
            Field("negative_prompt", top.negative_prompt.text),
            style_field(app, top.styles),
            Field("resize_mode", resize_mode, read=index_in(RESIZE_MODES, "Resize mode")),
            *inpaint_fields(inpaint),
            Field("sampler_name", sampling.sampler),
            Field("scheduler", sampling.schedule),
            Field("steps", sampling.steps),
            *refiner_fields(app, refiner),
            Field("restore_faces", restore_faces),
            Field("tiling", tiling),
            Field("width", size.rows.width),
            Field("height", size.rows.height),
            Field("n_iter", size.rows.batch_count),
            Field("batch_size", size.rows.batch_size, lambda recipe: recipe.written.get("Batch size")),
            Field("cfg_scale", cfg.prompt),
            Field("image_cfg_scale", cfg.picture, lambda recipe: recipe.written.get("Image CFG scale")),
            Field("denoising_strength", strength),
            *seed_fields(seed),
            Field(
                "override_settings", overrides, lambda recipe: overrides_of(app, recipe.written), read=read_overrides
            ),
        ]
        # What the request does not hold as such; the browser fills in the pictures when Generate is pressed.
        shown = [*fields, Field("", inpaint.transparency), Field("", size.scale)]
        sent = [*shown, Field("", sent_pictures)]
        files = [Field("", component) for component in batch.all]

        inputs = JobInputs(sent, files, scripts, inpaint, size.scale)
        connect_job(app, TAB, top.generate, inputs.rows, panel, partial(inputs.generate, app))
        connect_paste(app, TAB, top.paste, [*fields, *scripts.fields], panel)
        connect_prompt_tools(app, top, sent_pictures, panel)
        connect_styles(app, TAB, top)
        connect_token_counter(app, top.prompt, sampling.steps, top.styles.menu)
        connect_token_counter(app, top.negative_prompt, sampling.steps, top.styles.menu, is_negative=True)
        connect_refiner(refiner)
        connect_checkpoint_menu(app, refiner.checkpoint)
        connect_save(app, TAB, panel)
        connect_open_folder(app, TAB, panel)
    kept = [*shown, *(Field("", component) for component in batch.typed)]
    return Tab(blocks, TAB, TAB, kept, [refiner.checkpoint], panel.send, cfg.picture_row)


def connect_prompt_tools(app: App, top: PromptRow, sent_pictures: gr.Textbox, panel: OutputPanel) -> None:
    """Connect what changes the prompt by itself: the converter, Interrogate, and pictures dropped onto it."""
    connect_converter(TAB, top, panel)
    connect_interrogate(app, TAB, top, sent_pictures, panel)
    connect_prompt_picture(TAB, top, panel)


def inpaint_fields(inpaint: InpaintControls) -> list[Field]:
    """Return the rows of the table for the controls of inpainting."""
    return [
        Field("mask_blur", inpaint.blur, written_of_mask("Mask blur", 0)),
        Field(
            "inpainting_mask_invert",
            inpaint.mask_mode,
            written_of_mask("Mask mode", MASK_MODES[0]),
            read=index_in(MASK_MODES, "Mask mode"),
        ),
        Field(
            "inpainting_fill",
            inpaint.content,
            written_of_mask("Masked content", "original"),
            read=index_in(MASKED_CONTENTS, "Masked content"),
        ),
        Field(
            "inpaint_full_res",
            inpaint.area,
            written_of_mask("Inpaint area", AREAS[0]),
            read=lambda value: bool(index_in(AREAS, "Inpaint area")(value)),
        ),
        Field("inpaint_full_res_padding", inpaint.padding, written_of_mask("Masked area padding", None)),
    ]


def written_of_mask(name: str, unwritten: Any) -> Callable[[Recipe], Any]:
    """Return what reads one of the parameters of a mask; `unwritten` is what its absence means if there is a mask."""

    def pasted(recipe: Recipe) -> Any:
        return recipe.written.get(name, unwritten) if recipe.written.keys() & MASK_PARAMETERS else None

    return pasted


def index_in(choices: Sequence[str], label: str) -> Callable[[Any], int]:
    """Return what reads an entry of a group as its place in it."""

    def read(value: Any) -> int:
        if value not in choices:
            raise InputError(f"{label}: choose one of {', '.join(choices)}.")
        return list(choices).index(value)

    return read
