"""Styles in the top row: the menu of those in use, the button that puts them into the prompts, and the editor's button.

The editor itself is a dialog that assets/javascript/style_editor.js makes; its events are in `tabs/style_events.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from modules.app.app import App
from modules.frontend.components.tool_button import tool_button

MOST_ENTRIES = 1000
"""More styles than these slow the page down; others are chosen by typing their name."""


@dataclass(frozen=True)
class StyleRow:
    """The controls."""

    menu: gr.Dropdown
    apply: gr.Button


def style_names(app: App) -> list[str]:
    """Return the entries of the menu."""
    return [style.name for style in app.styles.all()[:MOST_ENTRIES]]


def create_style_row(tab: str, names: Sequence[str]) -> StyleRow:
    """Lay out the row.

    Args:
        tab: what the elem_ids begin with.
        names: of the styles to choose from.
    """
    with gr.Row(elem_id=f"{tab}_styles_row", elem_classes="styles-row"):
        menu = gr.Dropdown(
            list(names),
            value=[],
            label="Styles",
            show_label=False,
            container=False,
            multiselect=True,
            allow_custom_value=True,
            elem_id=f"{tab}_styles",
            interactive=True,
            min_width=0,
        )
        apply = tool_button("Put the chosen styles into the prompts", "apply", f"{tab}_style_apply")
        tool_button("Edit styles", "styles", f"{tab}_styles_edit_button")
    return StyleRow(menu, apply)
