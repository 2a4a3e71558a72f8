"""The row above the tabs: the checkpoint dropdown with its refresh button, and the note on the starter model."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.core.errors import WebUIError
from modules.frontend.components.tool_button import tool_button
from modules.frontend.errors import explain, lines_html
from modules.frontend.options import QUICKSETTINGS
from modules.generation.options import CHECKPOINT


@dataclass(frozen=True)
class QuickSettings:
    """The controls of the row."""

    checkpoint: gr.Dropdown
    refresh: gr.Button
    message: gr.HTML
    note: gr.HTML

    @property
    def outputs(self) -> list[Component]:
        """What `choose_checkpoint` and `refresh_checkpoints` fill, in their order."""
        return [self.checkpoint, self.message, self.note]


def create_quick_settings(app: App) -> QuickSettings:
    """Lay out the row."""
    shown = CHECKPOINT.name in app.options[QUICKSETTINGS]
    with gr.Row(elem_id="quicksettings", elem_classes="quicksettings", visible=True if shown else "hidden"):
        checkpoint = gr.Dropdown(
            checkpoint_titles(app),
            value=app.checkpoint_title() or None,
            label="Stable Diffusion checkpoint",
            elem_id="setting_sd_model_checkpoint",
            interactive=True,
        )
        refresh = tool_button("Look for new checkpoints", "refresh", "refresh_sd_model_checkpoint")
        message = gr.HTML("", elem_id="quicksettings_message")
    note = gr.HTML(note_html(app), elem_id="starter_note")
    return QuickSettings(checkpoint, refresh, message, note)


def checkpoint_titles(app: App) -> list[str]:
    """Return the titles in the dropdown."""
    return [info.title for info in app.catalog.all()]


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
