"""The row above the tabs: the checkpoint with its refresh button, other settings, the note on the starter model."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.core.errors import WebUIError
from modules.core.options import OPTIONS, Option
from modules.frontend.components.setting_control import create_setting, within_range
from modules.frontend.components.tool_button import tool_button
from modules.frontend.errors import explain, lines_html
from modules.frontend.layout_options import SHORT_TITLES
from modules.frontend.options import QUICKSETTINGS
from modules.frontend.settings_page import NOT_FOR_QUICK_SETTINGS, entries_of
from modules.generation.options import CHECKPOINT


@dataclass(frozen=True)
class QuickSettings:
    """The controls of the row; `settings` are those besides the checkpoint, by key."""

    checkpoint: gr.Dropdown
    refresh: gr.Button
    message: gr.HTML
    note: gr.HTML
    settings: Mapping[str, Component]

    @property
    def outputs(self) -> list[Component]:
        """What `choose_checkpoint` and `refresh_checkpoints` fill, in their order."""
        return [self.checkpoint, self.message, self.note]


def create_quick_settings(app: App) -> QuickSettings:
    """Lay out the row, in the order of the setting `quicksettings_list`."""
    listed = listed_settings(app)
    settings: dict[str, Component] = {}
    menu: tuple[gr.Dropdown, gr.Button] | None = None
    with gr.Row(elem_id="quicksettings", elem_classes="quicksettings", visible=True if listed else "hidden"):
        for option in listed:
            with gr.Row(elem_classes="quicksetting"):
                if option is CHECKPOINT:
                    menu = create_checkpoint_dropdown(app)
                else:
                    settings[option.name] = create_setting(
                        option, app.options.get(option.name), entries_of(app, option)
                    )
        if menu is None:
            with gr.Row(visible="hidden"):
                menu = create_checkpoint_dropdown(app)
        message = gr.HTML("", elem_id="quicksettings_message")
    note = gr.HTML(note_html(app), elem_id="starter_note")
    return QuickSettings(*menu, message, note, settings)


def listed_settings(app: App) -> list[Option[Any]]:
    """Return the settings to show; keys of settings that are not here, as of extensions, are left out."""
    keys = dict.fromkeys(str(key) for key in app.options[QUICKSETTINGS])
    found = [option for key in keys if (option := OPTIONS.find(key)) is not None]
    return [option for option in found if option.kind not in NOT_FOR_QUICK_SETTINGS]


def create_checkpoint_dropdown(app: App) -> tuple[gr.Dropdown, gr.Button]:
    """Lay out the checkpoint and its refresh button."""
    checkpoint = gr.Dropdown(
        checkpoint_titles(app),
        value=app.checkpoint_title() or None,
        label="Stable Diffusion checkpoint",
        elem_id="setting_sd_model_checkpoint",
        interactive=True,
    )
    return checkpoint, tool_button("Look for new checkpoints", "refresh", "refresh_sd_model_checkpoint")


def change_setting(app: App, key: str, value: Any) -> list[Any]:
    """Set a setting at once; when that fails, say why and show the value that is still in force.

    Returns:
        New values of the control, the message, and all settings for the page's scripts.
    """
    try:
        app.set_options({key: within_range(OPTIONS.get(key), value)})
    except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
        return [gr.update(value=app.options.get(key)), message_html(explain(error)), gr.skip()]
    return [gr.skip(), "", json.dumps(app.options.data())]


def checkpoint_titles(app: App) -> list[tuple[str, str]]:
    """Return the entries of the dropdown: what is shown, and the title."""
    short = app.options[SHORT_TITLES]
    return [(info.short_title if short else info.title, info.title) for info in app.catalog.all()]


def checkpoint_update(app: App) -> Any:
    """Return the dropdown as it is to be now."""
    return gr.update(choices=checkpoint_titles(app), value=app.checkpoint_title() or None)


def message_html(message: str | None) -> str:
    """Return what went wrong with a checkpoint, or nothing."""
    return lines_html([message], "error") if message else ""


def load_error(app: App) -> str | None:
    """Return why there is no checkpoint in memory, if one could not be loaded."""
    return app.models.error if app.models.loaded is None else None


def note_html(app: App) -> str:
    """Return the line on the starter model, or nothing."""
    note = app.starter_note()
    if not note:
        return ""
    close = '<button type="button" class="note-close" aria-label="Hide this note" title="Hide this note"></button>'
    return f'<div class="note" role="note"><span>{html.escape(note)}</span>{close}</div>'


def choose_checkpoint(app: App, title: str) -> list[Any]:
    """Load a checkpoint; when that fails, say why and show the one that is still in use.

    Returns:
        New values of the dropdown, the message and the note.
    """
    message = ""
    try:
        if title != app.checkpoint_title():
            app.select_checkpoint(title)
    except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
        message = message_html(explain(error))
    return [checkpoint_update(app), message, note_html(app)]


def refresh_checkpoints(app: App) -> list[Any]:
    """Look at the folders again. Returns what `choose_checkpoint` returns."""
    message = ""
    try:
        app.catalog.refresh()
    except WebUIError as error:
        message = message_html(explain(error))
    return [checkpoint_update(app), message, note_html(app)]
