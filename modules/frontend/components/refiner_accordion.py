"""The refiner: a checkpoint that takes over on the way."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from modules.app.app import App
from modules.frontend.components.checkpoint_menu import CheckpointMenu, create_checkpoint_menu
from modules.frontend.components.input_accordion import input_accordion
from modules.frontend.components.settings_rows import slider

NO_REFINER = "None"


@dataclass(frozen=True)
class RefinerAccordion:
    """The controls; those after `said`, the end of the header, count only while `enabled` is ticked."""

    enabled: gr.Checkbox
    said: gr.HTML
    checkpoint: CheckpointMenu
    switch_at: gr.Slider


def create_refiner_accordion(app: App, tab: str) -> RefinerAccordion:
    """Lay out the controls."""
    with (
        input_accordion("Refiner", f"{tab}_enable") as head,
        gr.Row(elem_id=f"{tab}_refiner_row", elem_classes="refiner-row"),
    ):
        checkpoint = create_checkpoint_menu(app, "Checkpoint", f"{tab}_checkpoint", NO_REFINER)
        switch_at = slider("Switch at", f"{tab}_switch_at", (0.01, 1, 0.01), 0.8)
    return RefinerAccordion(head.enabled, head.said, checkpoint, switch_at)
