"""What the folder, Save and Zip buttons do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.temporary import temporary_folder
from modules.core.errors import InputError
from modules.frontend.components.output_panel import OutputPanel
from modules.frontend.errors import error_html, lines_html
from modules.frontend.gradio_internals import serve_in_place, upload_folder
from modules.frontend.open_folder import open_folder
from modules.frontend.options import EVEN_TEMPORARY, OPEN_FOLDER, OUTPUT_ROOT
from modules.frontend.shown_files import shown_file
from modules.frontend.tabs.events import QUICK
from modules.generation.save_by_hand import SavedByHand, ShownImage, choose_images, save_by_hand
from modules.imaging.filename import NameRules
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext
from modules.imaging.save_settings import output_folder

MOST_NAMED = 3


def connect_save(app: App, tab: str, panel: OutputPanel) -> None:
    """Let the buttons save the picture shown, or all of them."""
    saving = panel.saving
    for button, as_zip in ((saving.save, False), (saving.save_zip, True)):
        button.click(
            partial(save_shown, app, as_zip=as_zip),
            inputs=[panel.generation_info, panel.gallery, saving.selected],
            outputs=[saving.files, panel.log],
            js=f"async (info, gallery) => [info, gallery, (await easelReady).selectedPicture('{tab}')]",
            preprocess=False,
            **QUICK,
        )


def connect_open_folder(app: App, tab: str, panel: OutputPanel) -> None:
    """Let the button show the folder of saved pictures in the file manager."""

    def on_open(gallery: Any, selected: Any) -> Any:
        try:
            open_folder(folder_to_open(app, tab, gallery, read_index(selected)))
        except Exception as error:  # noqa: BLE001 - the page's boundary
            return error_html(error)
        return gr.skip()

    if panel.open_folder is not None:
        panel.open_folder.click(
            on_open,
            inputs=[panel.gallery, panel.saving.selected],
            outputs=[panel.log],
            js=f"async (gallery) => [gallery, (await easelReady).selectedPicture('{tab}')]",
            preprocess=False,
            **QUICK,
        )


def folder_to_open(app: App, tab: str, gallery: Any, selected: int) -> Path:
    """Return the folder of the picture shown, or that of all pictures, as the setting says."""
    root = output_folder(app.settings(), app.paths.data, tab)
    entries = gallery if isinstance(gallery, list) else []
    if app.options[OPEN_FOLDER] == OUTPUT_ROOT or not entries:
        return root
    file = shown_file(_file_of(entries[selected if 0 <= selected < len(entries) else 0]))
    return root if is_temporary(app, file) and app.options[OPEN_FOLDER] != EVEN_TEMPORARY else file.parent


def is_temporary(app: App, file: Path) -> bool:
    """Say whether a file was only written for the page to show."""
    folders = (temporary_folder(app.paths, app.options), app.paths.tmp, upload_folder())
    return any(file.is_relative_to(folder.resolve()) for folder in folders)


def save_shown(app: App, info_text: Any, gallery: Any, selected: Any, *, as_zip: bool) -> list[Any]:
    """Save pictures that the page shows; return the list of files and the line about it."""
    try:
        info = read_info(info_text)
        settings = app.settings()
        images = choose_images(read_gallery(gallery, info), read_index(selected), settings)
        rules = NameRules(app.flags.filenames_max_length, app.flags.unix_filenames_sanitization)
        folder = output_folder(settings, app.paths.data, "save-button")
        saved = save_by_hand(images, folder, info, settings, rules, as_zip=as_zip)
    except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
        return [gr.skip(), error_html(error)]
    files = [*([saved.zip_file] if saved.zip_file else []), *saved.files]
    serve_in_place(files)
    shown_folder = None if app.flags.hide_ui_dir_config else folder
    return [gr.update(value=[str(file) for file in files], visible=True), saved_html(saved, shown_folder)]


def saved_html(saved: SavedByHand, folder: Path | None) -> str:
    """Return the line about saved files; the folder is named where people may know it."""
    names = [saved.zip_file.name] if saved.zip_file else [file.name for file in saved.files]
    listed = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
    return lines_html([f"Saved: {listed}" + (f" in {folder}" if folder else "")], "saved")


def read_info(text: Any) -> Mapping[str, Any]:
    """Return the info object that the page keeps of its pictures; an empty one where it is none."""
    try:
        info = json.loads(text) if isinstance(text, str) and text else {}
    except (ValueError, RecursionError):
        info = {}
    return info if isinstance(info, dict) else {}


def read_gallery(value: Any, info: Mapping[str, Any]) -> list[ShownImage]:
    """Return the pictures of a gallery, as its value comes from the browser.

    Raises:
        InputError: a file that the page does not show.
    """
    infotexts = info.get("infotexts")
    texts = [str(text) for text in infotexts] if isinstance(infotexts, list) else []
    first = info.get("index_of_first_image")
    grids = first if isinstance(first, int) else 0
    entries = value if isinstance(value, list) else []
    return [
        ShownImage(file := shown_file(_file_of(entry)), _infotext(file, texts[i : i + 1]), is_grid=i < grids)
        for i, entry in enumerate(entries)
    ]


def _file_of(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        raise InputError("The page did not say which picture to save; load the page again.")
    return entry.get("image", entry)


def _infotext(file: Path, known: list[str]) -> str:
    """Return a picture's infotext; that of its file where the page knows none."""
    return known[0] if known else read_infotext(load_image(file)).infotext or ""


def read_index(text: Any) -> int:
    """Return the number of the picture shown, or -1."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return -1
