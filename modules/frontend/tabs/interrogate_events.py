"""The button of img2img that describes its picture in words."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.interrogate import interrogate
from modules.core.errors import InputError
from modules.frontend.batch_input import is_batch
from modules.frontend.canvas_pictures import init_picture, read_pictures
from modules.frontend.components.output_panel import OutputPanel
from modules.frontend.components.prompt_row import PromptRow
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import INTERNAL, QUICK, WAITING_JOBS

NOT_A_BATCH = "Interrogate describes one picture: choose another sub-tab than Batch. The Extras tab captions folders."
NOTHING_SAID = "The network found no words for this picture."


def connect_interrogate(app: App, tab: str, top: PromptRow, sent: gr.Textbox, panel: OutputPanel) -> None:
    """Let the button put the words for the picture of the sub-tab that is shown into the prompt.

    Args:
        app: the program.
        tab: what the elem_ids begin with.
        top: with the button and the prompt.
        sent: the hidden text that the browser fills with the names of its pictures.
        panel: where sentences go.
    """
    if top.interrogate is None:
        return

    def on_interrogate(pictures: Any) -> list[Any]:
        try:
            words, comments = interrogate(app, picture_sent(pictures))
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return [gr.skip(), error_html(error)]
        if not words:
            return [gr.skip(), lines_html([NOTHING_SAID], "comments")]
        return [words, lines_html(comments, "comments")]

    top.interrogate.click(
        on_interrogate,
        inputs=[sent],
        outputs=[top.prompt.text, panel.log],
        js="async () => (await easelReady).pictureToDescribe()",
        preprocess=False,
        concurrency_limit=WAITING_JOBS,
        concurrency_id="jobs",
        **INTERNAL,
    ).then(None, js=f"async () => (await easelReady).described('{tab}')", **QUICK)


def picture_sent(sent: Any) -> Any:
    """Return the picture of the sub-tab that is shown, with what was drawn on it.

    Raises:
        InputError: there is none.
    """
    if is_batch(sent):
        raise InputError(NOT_A_BATCH)
    return init_picture(read_pictures(sent))
