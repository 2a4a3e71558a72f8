"""The img2img tab: layout, then the table of fields, then events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.enhance.options import FACE_RESTORATION
from modules.frontend.components.img2img_batch import BatchControls
from modules.frontend.components.img2img_modes import create_modes
from modules.frontend.components.img2img_rows import (
    AREAS,
    MASK_MODES,
    RESIZE_MODES,
    CfgScales,
    Img2ImgSize,
    InpaintControls,
    create_cfg_scales,
    create_img2img_size,
    create_inpaint_controls,
    radio,
)
from modules.frontend.components.output_panel import OutputPanel, create_output_panel
from modules.frontend.components.override_settings import create_override_settings
from modules.frontend.components.prompt_row import PromptRow, make_prompt_row
from modules.frontend.components.refiner_accordion import RefinerAccordion, create_refiner_accordion
from modules.frontend.components.seed_row import SeedRow, create_seed_row
from modules.frontend.components.settings_column import settings_column
from modules.frontend.components.settings_rows import (
    Batch,
    SamplerRow,
    create_checkboxes,
    create_sampler_row,
    make_batch,
    slider,
)
from modules.frontend.components.style_row import style_names
from modules.frontend.components.tool_button import hidden_text
from modules.frontend.fields import Field, Tab
from modules.frontend.layout_options import BATCH_BESIDE_SIZE, COMPACT_PROMPTS, SAMPLERS_AS_MENU
from modules.frontend.tabs.accordion_events import connect_checkpoint_menu, connect_refiner
from modules.frontend.tabs.converter_events import connect_converter
from modules.frontend.tabs.events import connect_job, connect_paste, connect_token_counter
from modules.frontend.tabs.extra_networks import network_tabs
from modules.frontend.tabs.extra_options import create_extra_options, extra_options
from modules.frontend.tabs.history_events import connect_history
from modules.frontend.tabs.img2img_jobs import JobInputs
from modules.frontend.tabs.interrogate_events import connect_describe_batch, connect_interrogate
from modules.frontend.tabs.prompt_history import keeps_prompts
from modules.frontend.tabs.prompt_picture import connect_prompt_picture
from modules.frontend.tabs.save_events import connect_open_folder, connect_save
from modules.frontend.tabs.script_menu import ScriptMenu
from modules.frontend.tabs.style_events import connect_styles, style_field
from modules.frontend.tabs.txt2img import (
    batch_fields,
    refiner_fields,
    schedule_labels,
    seed_fields,
    setting_fields,
    visible_samplers,
)
from modules.generation.from_infotext import Recipe
from modules.generation.img2img_request import MASKED_CONTENTS
from modules.generation.model_options import TILING

TAB = "img2img"
DENOISING_STRENGTH = 0.75
MASK_PARAMETERS = {"Mask blur", "Mask mode", "Masked content", "Inpaint area", "Masked area padding"}


@dataclass(frozen=True)
class Controls:
    """What the tab is made of; the browser puts its pictures into `sent_pictures`."""

    top: PromptRow
    files_of_batch: BatchControls
    resize_mode: gr.Radio
    sent_pictures: gr.Textbox
    inpaint: InpaintControls
    sampling: SamplerRow
    refiner: RefinerAccordion
    restore_faces: gr.Checkbox
    tiling: gr.Checkbox
    size: Img2ImgSize
    batch: Batch
    cfg: CfgScales
    strength: gr.Slider
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
        # What the request does not hold as such; the browser fills in the pictures when Generate is pressed.
        shown = [*fields, Field("", made.inpaint.transparency), Field("", made.size.scale)]
        sent = [*shown, Field("", made.sent_pictures)]
        files = [Field("", component) for component in made.files_of_batch.all]

        inputs = JobInputs(sent, files, scripts, made.inpaint, made.size.scale)
        connect_job(app, TAB, top.generate, inputs.rows, panel, partial(inputs.generate, app))
        connect_paste(app, TAB, top.paste, [*fields, *scripts.fields], panel)
        connect_prompt_tools(app, made)
        connect_styles(app, TAB, top)
        connect_token_counter(app, top.prompt, steps, top.styles.menu)
        connect_token_counter(app, top.negative_prompt, steps, top.styles.menu, is_negative=True)
        connect_refiner(made.refiner)
        connect_checkpoint_menu(app, made.refiner.checkpoint)
        connect_history(app, TAB, top.history, panel)
        connect_save(app, TAB, panel)
        connect_open_folder(app, TAB, panel)
    kept = [*shown, *(Field("", component) for component in made.files_of_batch.typed)]
    return Tab(blocks, TAB, TAB, kept, [made.refiner.checkpoint], panel.send, made.cfg.picture_row)


def lay_out(app: App, scripts: ScriptMenu) -> Controls:
    """Make the controls."""
    start: Mapping[str, Any] = app.recommended()
    options, may_name_folders = app.options, not app.flags.hide_ui_dir_config
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
            with column.item("image"):
                files_of_batch = create_modes(options, may_name_folders=may_name_folders)
                resize_mode = radio("Resize mode", "resize_mode", RESIZE_MODES, RESIZE_MODES[0])
                sent_pictures = hidden_text(f"{TAB}_sent_pictures")
            with column.item("inpaint"):
                inpaint = create_inpaint_controls(lambda: scripts.create_section("inpaint"))
            with column.item("sampler"):
                sampling = create_sampler_row(
                    TAB, visible_samplers(app), schedule_labels(), start, as_menu=options[SAMPLERS_AS_MENU]
                )
            with column.item("accordions"), gr.Column(elem_id=f"{TAB}_accordions", elem_classes="accordions"):
                refiner = create_refiner_accordion(app, TAB)
                scripts.create_section("accordions")
            with column.item("checkboxes"):
                faces = options[FACE_RESTORATION]
                restore_faces, tiling = create_checkboxes(TAB, restore_faces=faces, tiling=options[TILING])
            batch = make_batch(TAB, beside_size=options[BATCH_BESIDE_SIZE])
            with column.item("dimensions"):
                size = create_img2img_size(TAB, start, batch)
            with column.item("cfg"):
                cfg = create_cfg_scales(TAB, start)
            with column.item("denoising"):
                strength = slider("Denoising strength", f"{TAB}_denoising_strength", (0, 1, 0.01), DENOISING_STRENGTH)
            with column.item("seed"):
                seed = create_seed_row(TAB, as_text=app.flags.use_textbox_seed)
            with column.item("batch"):
                batch.place_apart()
            with column.item("override_settings"):
                overrides = create_override_settings(TAB)
            with column.item("extra_options"):
                extra = create_extra_options(app, TAB)
            column.create_scripts()
        panel = create_output_panel(TAB, can_open_folder=may_name_folders, create_above=top.place_generate)
    return Controls(
        top=top,
        files_of_batch=files_of_batch,
        resize_mode=resize_mode,
        sent_pictures=sent_pictures,
        inpaint=inpaint,
        sampling=sampling,
        refiner=refiner,
        restore_faces=restore_faces,
        tiling=tiling,
        size=size,
        batch=batch,
        cfg=cfg,
        strength=strength,
        seed=seed,
        overrides=overrides,
        extra=extra,
        panel=panel,
    )


def fields_of(app: App, made: Controls) -> list[Field]:
    """Return the table of the tab."""
    return [
        Field("prompt", made.top.prompt.text),
        Field("negative_prompt", made.top.negative_prompt.text),
        style_field(app, made.top.styles),
        Field("resize_mode", made.resize_mode, read=index_in(RESIZE_MODES, "Resize mode")),
        *inpaint_fields(made.inpaint),
        Field("sampler_name", made.sampling.sampler),
        Field("scheduler", made.sampling.schedule),
        Field("steps", made.sampling.steps),
        *refiner_fields(app, made.refiner),
        Field("restore_faces", made.restore_faces),
        Field("tiling", made.tiling),
        Field("width", made.size.rows.width),
        Field("height", made.size.rows.height),
        *batch_fields(made.batch),
        Field("cfg_scale", made.cfg.prompt),
        Field("image_cfg_scale", made.cfg.picture, lambda recipe: recipe.written.get("Image CFG scale")),
        Field("denoising_strength", made.strength),
        *seed_fields(made.seed),
        *setting_fields(app, made.overrides, made.extra),
    ]


def connect_prompt_tools(app: App, made: Controls) -> None:
    """Connect what changes the prompt by itself: the converter, Interrogate, and pictures dropped onto it."""
    connect_converter(TAB, made.top, made.panel)
    connect_interrogate(app, made.top, made.sent_pictures, made.panel)
    connect_describe_batch(app, made.files_of_batch.all, made.sent_pictures, made.panel)
    connect_prompt_picture(TAB, made.top, made.panel)


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
