"""A dropdown of checkpoints with its refresh button, and an entry that stands for none of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.frontend.components.tool_button import tool_button


@dataclass(frozen=True)
class CheckpointMenu:
    """The controls.

    Attributes:
        none: the first entry.
    """

    dropdown: gr.Dropdown
    refresh: gr.Button
    none: str

    def title(self, app: App, name: Any) -> Any:
        """Return the entry for any name of a checkpoint; a name that no checkpoint has comes back as it is."""
        if not name or name == self.none:
            return self.none
        info = app.catalog.find(str(name))
        return info.title if info else name

    def update(self, app: App, chosen: Any) -> Any:
        """Return the dropdown with the checkpoints there are now; a chosen one that is gone is chosen no more."""
        choices = self.choices(app)
        title = self.title(app, chosen)
        return gr.update(choices=choices, value=title if title in choices else self.none)

    def choices(self, app: App) -> list[str]:
        """Return the entries."""
        return menu_entries(app, self.none)


def create_checkpoint_menu(app: App, label: str, elem_id: str, none: str) -> CheckpointMenu:
    """Lay out the two controls.

    Args:
        app: the program.
        label: of the dropdown.
        elem_id: of the dropdown; the button's ends in `_refresh`.
        none: the first entry, chosen at first.
    """
    with gr.Row(elem_id=f"{elem_id}_row", elem_classes="checkpoint-menu"):
        dropdown = gr.Dropdown(
            menu_entries(app, none),
            value=none,
            label=label,
            elem_id=elem_id,
            elem_classes=["one-line"],
            interactive=True,
        )
        refresh = tool_button("Look for new checkpoints", "refresh", f"{elem_id}_refresh")
    return CheckpointMenu(dropdown, refresh, none)


def menu_entries(app: App, none: str) -> list[str]:
    """Return the titles of the checkpoints there are, after the entry for none."""
    return [none, *(info.title for info in app.catalog.all())]
