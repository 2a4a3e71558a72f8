"""The button that runs only the second pass of Hires. fix, over the picture shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from modules.app.app import App
from modules.app.temporary import temporary_folder
from modules.core.errors import InputError
from modules.frontend.components.output_panel import OutputPanel, error_values, log_html, shown_file
from modules.frontend.fields import Field, read_request
from modules.frontend.gradio_internals import serve_in_place
from modules.frontend.options import INSERT_UPSCALED
from modules.frontend.tabs.events import INTERNAL, QUICK, WAITING_JOBS
from modules.frontend.tabs.save_events import read_gallery, read_index, read_info
from modules.generation.from_infotext import read_recipe
from modules.generation.request import Txt2ImgRequest
from modules.generation.result import GeneratedImage, Result
from modules.generation.save_by_hand import ShownImage
from modules.imaging.load import load_image

OF_THE_PICTURE = (
    *("prompt", "negative_prompt", "steps", "sampler_name", "scheduler", "cfg_scale", "tiling", "s_min_uncond"),
    *("seed", "subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h"),
)
"""What its own infotext says; the rest, with all of Hires. fix, is what the page says."""
LATENT_STEP = 8


def connect_upscale(app: App, tab: str, fields: Sequence[Field], panel: OutputPanel) -> None:
    """Let the button make the picture shown larger, and put the result where the picture was, or behind it."""
    if panel.upscale is None:
        return

    def on_upscale(
        person: gr.Request, task_id: str, info_text: Any, gallery: Any, selected: Any, *values: Any
    ) -> list[Any]:
        try:
            info = read_info(info_text)
            images = read_gallery(gallery, info)
            index = read_index(selected)
            request = upscale_request(fields, values, choose_image(images, index))
            result = app.generate(request, task_id, user=person.username)
            return [*with_result(app, images, index, info, result), task_id]
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return [*error_values(error), task_id]

    panel.upscale.click(
        on_upscale,
        inputs=[
            *(panel.task_id, panel.generation_info, panel.gallery, panel.saving.selected),
            *(field.component for field in fields),
        ],
        outputs=[*panel.outputs, panel.finished_task],
        js=f"async (...values) => (await easelReady).submitSelected('{tab}', values)",
        preprocess=False,
        trigger_mode="multiple",
        concurrency_limit=WAITING_JOBS,
        concurrency_id="jobs",
        **INTERNAL,
    ).then(None, inputs=[panel.finished_task], js=f"async (id) => (await easelReady).finish('{tab}', id)", **QUICK)


def choose_image(images: Sequence[ShownImage], index: int) -> ShownImage:
    """Return the picture that is selected.

    Raises:
        InputError: there is none, or it is the sheet of all.
    """
    if not images:
        raise InputError("There is no picture to enlarge yet: generate one first.")
    if not 0 <= index < len(images) or images[index].is_grid:
        raise InputError("Choose one of the pictures first: the sheet of all of them cannot be enlarged.")
    return images[index]


def upscale_request(fields: Sequence[Field], values: Sequence[Any], image: ShownImage) -> Txt2ImgRequest:
    """Return a job of the second pass alone.

    Args:
        fields: the table of the tab.
        values: of the controls; Hires. fix counts as ticked.
        image: takes the place of the first pass, with its parameters.

    Raises:
        InputError: a control holds what it cannot, or the file is no picture.
    """
    ticked = [True if field.name == "enable_hr" else value for field, value in zip(fields, values, strict=True)]
    page = read_request(Txt2ImgRequest, fields, ticked, save_images=True)
    recipe = read_recipe(image.infotext)
    own = {name: recipe.fields[name] for name in OF_THE_PICTURE if name in recipe.fields}
    styles = {"styles": ()} if "prompt" in own else {}  # they are in its prompt already
    picture = whole_steps(load_image(image.file).convert("RGB"))
    return replace(
        page,
        **own,
        **styles,
        override_settings={**recipe.settings, **page.override_settings},
        width=picture.width,
        height=picture.height,
        firstphase_width=0,
        firstphase_height=0,
        n_iter=1,
        batch_size=1,
        firstpass_image=picture,
    )


def whole_steps(picture: Image.Image) -> Image.Image:
    """Cut a picture to sides that latents have; generated ones have them."""
    width, height = (max(LATENT_STEP, side // LATENT_STEP * LATENT_STEP) for side in picture.size)
    return picture if (width, height) == picture.size else picture.crop((0, 0, width, height))


def with_result(
    app: App, images: Sequence[ShownImage], index: int, info: Mapping[str, Any], result: Result
) -> list[Any]:
    """Return gallery, info and log line with the new picture in the place of the old one, or behind it.

    One that was cut short takes no other's place.
    """
    files: list[Path] = [image.file for image in images]
    lists = {name: _list(info.get(name)) for name in ("infotexts", "gallery_seeds", "gallery_subseeds")}
    inserts = app.options[INSERT_UPSCALED] or result.cut_short
    place = index + 1 if inserts else index
    made = [image for image in result.images if not image.is_beside][:1]
    for image in made:
        file = shown_file(image, temporary_folder(app.paths, app.options))
        serve_in_place([file])
        _put(files, place, file, inserts=inserts)
        for name, value in _facts(image).items():
            if len(lists[name]) == len(images):
                _put(lists[name], place, value, inserts=inserts)
    shown = gr.update(value=[str(file) for file in files], selected_index=place if made else index)
    return [shown, json.dumps({**info, **lists}), log_html(result)]


def _facts(image: GeneratedImage) -> dict[str, Any]:
    return {"infotexts": image.infotext, "gallery_seeds": image.seed, "gallery_subseeds": image.subseed}


def _put(entries: list[Any], place: int, value: Any, *, inserts: bool) -> None:
    entries[place : place if inserts else place + 1] = [value]


def _list(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list) else []
