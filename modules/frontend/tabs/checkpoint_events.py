"""Controls that only some checkpoints have: they are seen while such a one is chosen."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.app.app import App
from modules.checkpoints.families import find_variant
from modules.checkpoints.header import read_header
from modules.core.errors import CheckpointError
from modules.frontend.tabs.events import QUICK


def edits_pictures(app: App, title: Any) -> bool:
    """Say whether a checkpoint is an InstructPix2Pix one, by its header alone; without a title the chosen one."""
    try:
        info = app.catalog.find(str(title)) if title else app.selected_checkpoint()
        return info is not None and find_variant(read_header(info.filename).shapes) == "pix2pix"
    except CheckpointError:
        return False


def connect_image_cfg(app: App, page: gr.Blocks, checkpoint: gr.Dropdown, image_cfg: gr.Column) -> None:
    """Show Image CFG Scale when the page is loaded and when another checkpoint is chosen, if it can use it."""

    def seen(title: Any) -> Any:
        return gr.update(visible=edits_pictures(app, title))

    gr.on([page.load, checkpoint.change], seen, inputs=[checkpoint], outputs=[image_cfg], preprocess=False, **QUICK)
