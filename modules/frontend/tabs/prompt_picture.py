"""A picture dropped onto the prompts: its parameters go into the prompt, for the paste button to read."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.frontend.components.output_panel import OutputPanel
from modules.frontend.components.prompt_row import PromptRow
from modules.frontend.errors import error_html, lines_html
from modules.frontend.shown_files import shown_file
from modules.frontend.tabs.events import QUICK
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

NEXT_STEP = "These are the picture's parameters. The first tool button puts them into the controls."


def connect_prompt_picture(tab: str, top: PromptRow, panel: OutputPanel) -> None:
    """Let a picture dropped onto the prompts (assets/javascript/prompt_drop.js) put its parameters there."""
    top.picture.upload(
        read_dropped,
        inputs=[top.picture],
        outputs=[top.prompt.text, top.picture, panel.log],
        preprocess=False,
        **QUICK,
    ).then(None, js=f"async () => (await easelReady).pasted('{tab}')", **QUICK)


def read_dropped(value: Any) -> list[Any]:
    """Return what becomes of the prompt, of the dropped file, and of the line under the pictures."""
    try:
        infotext = read_infotext(load_image(shown_file(value))).infotext
    except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
        return [gr.skip(), None, error_html(error)]
    if not infotext:
        return [gr.skip(), None, lines_html(["This picture does not say how it was made."], "comments")]
    return [infotext, None, lines_html([NEXT_STEP], "comments")]
