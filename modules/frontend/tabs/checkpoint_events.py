"""Controls that only some checkpoints have: they are seen while such a one is chosen."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.app.app import App
from modules.checkpoints.families import find_variant
from modules.checkpoints.header import read_header
from modules.core.errors import CheckpointError
from modules.frontend.tabs.events import QUICK


def edits_pictures(app: App) -> bool:
    """Say whether the chosen checkpoint is an InstructPix2Pix one, by its header alone."""
    try:
        return find_variant(read_header(app.selected_checkpoint().filename).shapes) == "pix2pix"
    except CheckpointError:
        return False


def connect_image_cfg(app: App, page: gr.Blocks, checkpoint: gr.Dropdown, image_cfg_scale: gr.Slider) -> None:
    """Show Image CFG Scale when the page is loaded and when another checkpoint is chosen, if it can use it."""

    def seen() -> Any:
        return gr.update(visible=True if edits_pictures(app) else "hidden")

    gr.on([page.load, checkpoint.change], seen, outputs=[image_cfg_scale], **QUICK)
