"""The Extras tab: pictures that are there are enlarged, their faces restored, or made ready for training."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.extras import ExtrasRequest, Source, pictures_in, run_extras
from modules.core.errors import InputError
from modules.enhance.extras import operations
from modules.enhance.extras.chain import shown_operations
from modules.enhance.extras.upscaling import UPSCALE
from modules.enhance.options import NOT_IN_EXTRAS, OPERATION_ORDER
from modules.frontend.components.generate_box import create_generate_box
from modules.frontend.components.output_panel import create_output_panel
from modules.frontend.components.tool_button import hidden_text, tool_button
from modules.frontend.fields import Field, Tab
from modules.frontend.shown_files import shown_file
from modules.frontend.tabs.events import QUICK, connect_job
from modules.frontend.tabs.extras_operations import OperationControls, create_operation, values_of
from modules.frontend.tabs.save_events import connect_open_folder
from modules.generation.result import Result
from modules.imaging.save_settings import output_folder
from modules.plugins.postprocessing import postprocessing_scripts

log = logging.getLogger(__name__)

TAB = "extras"
SINGLE, BATCH, DIRECTORY = "extras_single_tab", "extras_batch_process_tab", "extras_batch_directory_tab"
SCALE_TO = "extras_scale_to_tab"
assert operations  # it registers the operations


@dataclass(frozen=True)
class Sources:
    """Where pictures come from."""

    image: gr.Image
    files: gr.File
    input_folder: gr.Textbox
    output_folder: gr.Textbox
    shows: gr.Checkbox

    @property
    def all(self) -> Sequence[Any]:
        """In the order in which `read_sources` takes their values."""
        return [self.image, self.files, self.input_folder, self.output_folder, self.shows]


def create_tab(app: App) -> Tab:
    """Build the tab."""
    may_name_folders = not app.flags.hide_ui_dir_config
    app.load_script_files()
    entries = shown_operations(app.options[OPERATION_ORDER], app.options[NOT_IN_EXTRAS])
    with gr.Blocks(analytics_enabled=False) as blocks:
        with gr.Row(elem_id=f"{TAB}_columns", elem_classes="columns"):
            with gr.Column(elem_id=f"{TAB}_settings", elem_classes="settings", scale=3, min_width=320):
                sources = create_sources(may_name_folders=may_name_folders)
                with gr.Column(elem_id=f"{TAB}_accordions", elem_classes="accordions"):
                    controls = [made for entry in entries if (made := create_operation(entry)) is not None]
                chosen = hidden_text(f"{TAB}_chosen")
            buttons: list[gr.Button] = []
            panel = create_output_panel(
                TAB,
                can_open_folder=may_name_folders,
                can_save=False,
                create_above=lambda: buttons.append(create_actions()),
            )

        rows = [row for control in controls for row in (Field("", control.enabled), *control.fields)]
        files = [Field("", component) for component in sources.all]

        def generate(values: list[Any], task_id: str, _user: str | None) -> Result:
            *of_files, told = values[len(rows) :]
            panels = read_chosen(told)
            work, folder, shows = read_sources(panels.get("mode"), of_files, may_name_folders=may_name_folders)
            request = ExtrasRequest(
                read_operations(controls, values[: len(rows)], to_size=panels.get("resize") == SCALE_TO),
                folder=app.paths.data / folder if folder else None,
                shows=shows,
            )
            return run_extras(app, work, request, task_id)

        connect_job(app, TAB, buttons[0], [*rows, *files, Field("", chosen)], panel, generate)
        connect_open_folder(app, TAB, panel)
        if postprocessing_scripts():
            sources.image.change(tell_scripts_of_new_picture, **QUICK)
    typed = [sources.input_folder, sources.output_folder, sources.shows]
    kept = [*rows, *(Field("", component) for component in typed)]
    return Tab(blocks, "Extras", TAB, kept, send=panel.send)


def tell_scripts_of_new_picture() -> None:
    """Let the scripts know that another picture was put into the tab; what one raises is told in the log."""
    for script in postprocessing_scripts():
        try:
            script.image_changed()
        except Exception:
            log.exception("The script %s failed at image_changed", script.name)


def create_actions() -> gr.Button:
    """Lay out Generate above the pictures, and what takes its place while a job runs."""
    with gr.Row(elem_id=f"{TAB}_actions_column", elem_classes="extras-actions"):
        button = create_generate_box(TAB)
        tool_button("Show the job that was running", "restore", f"{TAB}_restore_progress")
    return button


def create_sources(*, may_name_folders: bool) -> Sources:
    """Lay out the sub-tabs for one picture, several, or a folder of them."""
    with gr.Tabs(elem_id=f"mode_{TAB}", elem_classes="small-tabs"):
        with gr.Tab("Single Image", id="single_image", elem_id=SINGLE):
            image = gr.Image(
                label="Source",
                show_label=False,
                elem_id=f"{TAB}_image",
                type="filepath",
                image_mode=None,
                sources=["upload"],
                buttons=[],
                interactive=True,
            )
        with gr.Tab("Batch Process", id="batch_process", elem_id=BATCH):
            files = gr.File(
                label="Pictures",
                elem_id=f"{TAB}_image_batch",
                file_count="multiple",
                interactive=True,
                elem_classes=["file-drop"],
            )
        with gr.Tab("Batch from Directory", id="batch_from_directory", elem_id=DIRECTORY, visible=may_name_folders):
            input_folder = _folder("Input directory", "batch_input_dir", "a folder on the machine that Easel runs on")
            output = _folder("Output directory", "batch_output_dir", "empty saves into the folder of the settings")
            shows = gr.Checkbox(
                True,
                label="Show result images",
                elem_id=f"{TAB}_show_extras_results",
                container=False,
                interactive=True,
            )
    return Sources(image, files, input_folder, output, shows)


def _folder(label: str, name: str, placeholder: str) -> gr.Textbox:
    return gr.Textbox(
        label=label, elem_id=f"{TAB}_{name}", placeholder=placeholder, lines=1, max_lines=1, interactive=True
    )


def read_chosen(told: Any) -> Mapping[str, Any]:
    """Return the panels that are open, by their places; the browser tells them as JSON."""
    try:
        panels = json.loads(told) if isinstance(told, str) and told else {}
    except ValueError:
        return {}
    return panels if isinstance(panels, Mapping) else {}


def read_sources(
    mode: str | None, values: Sequence[Any], *, may_name_folders: bool
) -> tuple[list[Source], Path | None, bool]:
    """Return the pictures to work on, the folder to save into if one was named, and whether to show the results.

    Raises:
        InputError: there are none.
    """
    image, files, input_folder, output, shows = values
    if mode == BATCH:
        if not files:
            raise InputError("Put pictures into the field on the left first.")
        return [Source(shown_file(file), _name_of(file)) for file in files], None, True
    if mode == DIRECTORY and may_name_folders:
        folder = Path(str(output).strip()).expanduser() if output and str(output).strip() else None
        return pictures_in(str(input_folder or "")), folder, bool(shows)
    if not image:
        raise InputError("Put a picture into the field on the left first.")
    return [Source(shown_file(image))], None, True


def _name_of(file: Any) -> str:
    """Return the name that an uploaded file had."""
    name = file.get("orig_name") or file.get("path") if isinstance(file, Mapping) else file
    return Path(str(name)).name


def read_operations(controls: Sequence[OperationControls], values: Sequence[Any], *, to_size: bool) -> dict[str, Any]:
    """Return the operations that are ticked, with their values.

    Args:
        controls: all that the page shows.
        values: of each its checkbox, then its fields.
        to_size: Upscale is set to a size, not to a factor.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such upscaler.
    """
    wanted: dict[str, Any] = {}
    at = 0
    for control in controls:
        ticked, mine = values[at], values[at + 1 : at + 1 + len(control.fields)]
        at += 1 + len(control.fields)
        if not ticked:
            continue
        mode = {"to_size": to_size} if control.operation is UPSCALE else {}
        wanted[control.operation.name] = values_of(control, mine, **mode)
    return wanted
