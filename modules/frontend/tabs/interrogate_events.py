"""The buttons of img2img that describe its picture in words or in tags; in the sub-tab Batch, those of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.app.interrogate import CLIP, DEEPBOORU, interrogate
from modules.app.interrogate_files import describe_files
from modules.frontend.batch_input import BatchValues, is_batch, read_pictures_to_describe
from modules.frontend.canvas_pictures import init_picture, read_pictures
from modules.frontend.components.output_panel import OutputPanel, log_html
from modules.frontend.components.prompt_row import PromptRow
from modules.frontend.components.tool_button import hidden_button
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import INTERNAL, QUICK, WAITING_JOBS

TAB = "img2img"
NOTHING_SAID = "The network found no words for this picture."


def connect_interrogate(app: App, top: PromptRow, sent: gr.Textbox, panel: OutputPanel) -> None:
    """Let the buttons put the words for the picture of the sub-tab that is shown into the prompt.

    Args:
        app: the program.
        top: with the buttons and the prompt.
        sent: the hidden text that the browser fills with the names of its pictures.
        panel: where sentences go.
    """

    def describe(model: str, pictures: Any) -> list[Any]:
        if is_batch(pictures):
            return [gr.skip(), gr.skip()]  # the browser has started a job for the folder
        try:
            words, comments = interrogate(app, init_picture(read_pictures(pictures)), model)
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return [gr.skip(), error_html(error)]
        if not words:
            return [gr.skip(), lines_html([NOTHING_SAID, *comments], "comments")]
        return [words, lines_html(comments, "comments")]

    for model, button in top.interrogators.items():
        button.click(
            partial(describe, model),
            inputs=[sent],
            outputs=[top.prompt.text, panel.log],
            js=f"async () => (await easelReady).pictureToDescribe('{model}')",
            preprocess=False,
            concurrency_limit=WAITING_JOBS,
            concurrency_id="jobs",
            **INTERNAL,
        ).then(None, js=f"async () => (await easelReady).described('{TAB}')", **QUICK)


def connect_describe_batch(app: App, files: Sequence[Component], sent: gr.Textbox, panel: OutputPanel) -> None:
    """Make the buttons that the browser presses for the folder of the sub-tab Batch; each starts a job.

    Args:
        app: the program.
        files: the controls of the batch.
        sent: as above.
        panel: shows the job, and what became of it.
    """

    def job_of(model: str) -> Callable[..., list[Any]]:
        def on_press(task_id: str, *values: Any) -> list[Any]:
            try:
                *of_batch, told = values
                pictures, folder = read_pictures_to_describe(app, told, BatchValues(*of_batch))
                result = describe_files(app, pictures.pictures, model, folder, others=pictures.others, task_id=task_id)
                return [log_html(result), task_id]
            except Exception as error:  # noqa: BLE001 - as above
                return [error_html(error), task_id]

        return on_press

    for model in (CLIP, DEEPBOORU):
        hidden_button(f"{TAB}_describe_folder_{model}").click(
            job_of(model),
            inputs=[panel.task_id, *files, sent],
            outputs=[panel.log, panel.finished_task],
            js=f"async (...values) => (await easelReady).submit('{TAB}', values)",
            preprocess=False,
            trigger_mode="multiple",
            concurrency_limit=WAITING_JOBS,
            concurrency_id="jobs",
            **INTERNAL,
        ).then(None, inputs=[panel.finished_task], js=f"async (id) => (await easelReady).finish('{TAB}', id)", **QUICK)
