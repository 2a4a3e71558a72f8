"""The right column: gallery, its buttons, the infotext of the picture shown, and the line with errors and times."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr
from gradio.components.base import Component

from modules.core.files import write_atomically
from modules.frontend.components.tool_button import hidden_button, hidden_text, tool_button
from modules.frontend.errors import error_html, lines_html
from modules.frontend.gradio_internals import serve_in_place
from modules.generation.result import GeneratedImage, Result
from modules.imaging.metadata import encode_image


@dataclass(frozen=True)
class SendButtons:
    """The buttons that send the picture shown to another tab: to img2img, by its sub-tab, and to Extras."""

    by_mode: Mapping[str, gr.Button]
    extras: gr.Button


@dataclass(frozen=True)
class SaveButtons:
    """Save and Zip, the number of the picture shown, and the list of files that they make."""

    save: gr.Button
    save_zip: gr.Button
    selected: gr.Textbox
    files: gr.File


@dataclass(frozen=True)
class OutputPanel:
    """The controls of the right column."""

    gallery: gr.Gallery
    generation_info: gr.Textbox
    log: gr.HTML
    task_id: gr.Textbox
    finished_task: gr.Textbox
    show_result: gr.Button
    open_folder: gr.Button | None
    saving: SaveButtons
    send: SendButtons
    upscale: gr.Button | None = None

    @property
    def outputs(self) -> list[Component]:
        """What `result_values` fills, in its order."""
        return [self.gallery, self.generation_info, self.log]


def create_output_panel(
    tab: str,
    *,
    can_open_folder: bool = True,
    can_save: bool = True,
    can_upscale: bool = False,
    create_above: Callable[[], object] | None = None,
) -> OutputPanel:
    """Lay out the right column.

    Args:
        tab: what the elem_ids begin with.
        can_open_folder: else there is no button for it.
        can_save: else Save and Zip are not shown.
        can_upscale: there is a button for the second pass of Hires. fix.
        create_above: lays out what stands above the pictures.
    """
    with gr.Column(elem_id=f"{tab}_results", elem_classes="results", scale=3, min_width=320):
        if create_above is not None:
            create_above()
        return _create_panel(tab, can_open_folder=can_open_folder, can_save=can_save, can_upscale=can_upscale)


def _create_panel(tab: str, *, can_open_folder: bool, can_save: bool, can_upscale: bool) -> OutputPanel:
    with gr.Column(elem_id=f"{tab}_results_panel", elem_classes="results-panel"):
        with gr.Column(elem_id=f"{tab}_gallery_container", elem_classes="gallery-frame"):
            gallery = gr.Gallery(
                label="Output",
                show_label=False,
                container=False,
                elem_id=f"{tab}_gallery",
                columns=4,
                preview=True,
                object_fit="contain",
                interactive=False,
                buttons=["download"],
                format="png",
            )
        with gr.Row(elem_id=f"image_buttons_{tab}", elem_classes="image-buttons"):
            open_folder = (
                tool_button("Open the folder of saved pictures", "folder", f"{tab}_open_folder")
                if can_open_folder
                else None
            )
            shown = True if can_save else "hidden"
            save = tool_button("Save into the folder of chosen pictures", "save", f"save_{tab}", visible=shown)
            save_zip = tool_button("Save, and make a zip file", "archive", f"save_zip_{tab}", visible=shown)
            send = create_send_buttons(tab)
            upscale = (
                tool_button("Run Hires. fix over the picture shown", "stars", f"{tab}_upscale") if can_upscale else None
            )
        files = gr.File(
            None,
            label="Saved files",
            show_label=False,
            file_count="multiple",
            interactive=False,
            visible="hidden",
            elem_id=f"download_files_{tab}",
            elem_classes="download-files",
        )
        gr.HTML("", elem_id=f"html_info_{tab}", elem_classes=["infotext"])
        shown_log = gr.HTML("", elem_id=f"html_log_{tab}", elem_classes=["html-log"])
        info = hidden_text(f"generation_info_{tab}")
        hidden_button(f"{tab}_generation_info_button")
        task_id = hidden_text(f"{tab}_task_id")
        finished_task = hidden_text(f"{tab}_finished_task")
        show_result = hidden_button(f"{tab}_show_result")
        saving = SaveButtons(save, save_zip, hidden_text(f"{tab}_selected_index"), files)
    return OutputPanel(
        gallery, info, shown_log, task_id, finished_task, show_result, open_folder, saving, send, upscale
    )


def create_send_buttons(tab: str) -> SendButtons:
    """Lay out the buttons that send the picture to another tab."""
    picture = tool_button("Send picture and parameters to img2img", "picture", f"{tab}_send_to_img2img")
    brush = tool_button("Send picture and parameters to inpainting", "brush", f"{tab}_send_to_inpaint")
    extras = tool_button("Send picture to Extras", "enlarge", f"{tab}_send_to_extras")
    return SendButtons({"img2img": picture, "inpaint": brush}, extras)


MEMORY_WORDS = (
    "Memory of the graphics card: A is the most that was in use at once, R the most that PyTorch held for it, Sys what "
    "all programs use now."
)


def result_values(result: Result, *, show_grid: bool, temporary_folder: Path) -> list[Any]:
    """Return what the panel shows of a finished job: gallery, generation info, log line.

    Args:
        result: the job's.
        show_grid: the sheet of all pictures comes first, if there is one.
        temporary_folder: for pictures that were not saved.
    """
    grid = [result.grid] if show_grid and result.grid is not None else []
    shown = [*grid, *result.images]
    files = [shown_file(image, temporary_folder) for image in shown]
    serve_in_place(files)
    return [
        gr.update(value=[str(file) for file in files], selected_index=0 if files else None),
        json.dumps(generation_info(result, shown, len(grid))),
        log_html(result),
    ]


def error_values(error: Exception) -> list[Any]:
    """Return what the panel shows of a failed job: the pictures of the last one stay."""
    return [gr.skip(), gr.skip(), error_html(error)]


def shown_file(image: GeneratedImage, temporary_folder: Path) -> Path:
    """Return the saved file, or one written for the page; both carry the infotext.

    Raises:
        StorageError: it cannot be written.
    """
    if image.path is not None and image.path.exists():
        return image.path
    path = temporary_folder / f"{uuid4().hex[:12]}-{image.seed}.png"
    write_atomically(path, encode_image(image.image, "png", image.infotext))
    return path


def generation_info(result: Result, shown: Sequence[GeneratedImage], first_image: int) -> Mapping[str, Any]:
    """Return the result's info object with what belongs to each picture of the gallery, in its order."""
    return {
        **result.info,
        "index_of_first_image": first_image,
        "infotexts": [image.infotext for image in shown],
        "gallery_seeds": [image.seed for image in shown],
        "gallery_subseeds": [image.subseed for image in shown],
    }


def log_html(result: Result) -> str:
    """Return comments, then the time taken."""
    comments = lines_html(result.comments, "comments")
    time_taken = f"<span>Time taken: <strong>{html.escape(format_seconds(result.seconds))}</strong></span>"
    interrupted = "<span>Interrupted</span>" if result.interrupted else ""
    line = f'<p class="time">{time_taken}{interrupted}{memory_html(result)}</p>'
    return f'<div class="performance">{comments}{line}</div>'


def memory_html(result: Result) -> str:
    """Return what a job took of a graphics card, or nothing where there is none."""
    if result.memory is None:
        return ""
    return f'<span class="vram" title="{MEMORY_WORDS}">{html.escape(str(result.memory))}</span>'


def format_seconds(seconds: float) -> str:
    """Return a time as A1111 writes it: "4.2 sec." or "1 min. 4.2 sec."."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)} min. {rest:.1f} sec." if minutes >= 1 else f"{rest:.1f} sec."
