"""The events that generation tabs have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.temporary import temporary_folder
from modules.core.errors import InputError
from modules.core.options import Settings
from modules.engine.networks.embeddings import EmbeddingIndex
from modules.frontend.components.output_panel import OutputPanel, error_values, result_values
from modules.frontend.components.prompt_row import PromptBox
from modules.frontend.errors import error_html, lines_html
from modules.frontend.fields import Field
from modules.frontend.options import COUNT_STYLES, HIDE_PICTURES
from modules.frontend.overrides import checkpoint_note, unknown_values
from modules.frontend.paste import paste_updates, pasted_recipe
from modules.frontend.pasted_styles import with_styles
from modules.frontend.tabs.prompt_history import may_see_last_jobs, remember_prompts
from modules.generation.options import SHOW_GRID
from modules.generation.prompt_options import count_tokens
from modules.generation.request import LONGEST_PROMPT
from modules.generation.result import Result
from modules.generation.styles import add_styles

log = logging.getLogger(__name__)

WAITING_JOBS = 30
"""Jobs of all pages that may wait at once. Each holds one of Gradio's 40 threads; the rest are for other events."""

INTERNAL: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: dict[str, Any] = {**INTERNAL, "queue": False}

Generate = Callable[[list[Any], str, str | None], Result]
"""From values, task id and the name of the person who logged in, if people do."""


def connect_job(
    app: App, tab: str, button: gr.Button, fields: Sequence[Field], panel: OutputPanel, generate: Generate
) -> None:
    """Let the button start a job, and let a page that was reloaded get the pictures of one.

    The page makes up the task id, watches the job by `/internal/progress`, and learns of its end when the id comes
    back in `finished_task`.

    Args:
        app: the program.
        tab: what the elem_ids begin with.
        button: Generate.
        fields: the table of the tab.
        panel: where the pictures go.
        generate: makes the pictures; blocks.
    """

    def values_of(result: Result) -> list[Any]:
        settings = app.options
        values = result_values(
            result, show_grid=settings[SHOW_GRID], temporary_folder=temporary_folder(app.paths, app.options)
        )
        return [gr.update(value=[]), *values[1:]] if settings[HIDE_PICTURES] else values

    def on_generate(request: gr.Request, task_id: str, *values: Any) -> list[Any]:
        remember_prompts(app, fields, values)
        try:
            return [*values_of(generate(list(values), task_id, request.username)), task_id]
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return [*error_values(error), task_id]

    def on_show_result(task_id: str) -> list[Any]:
        try:
            return [*values_of(stored_result(app, task_id)), task_id]
        except Exception as error:  # noqa: BLE001 - as above
            return [*error_values(error), task_id]

    outputs = [*panel.outputs, panel.finished_task]
    job = button.click(
        on_generate,
        inputs=[panel.task_id, *(field.component for field in fields)],
        outputs=outputs,
        js=f"async (...values) => (await easelReady).submit('{tab}', values)",
        preprocess=False,
        trigger_mode="multiple",
        concurrency_limit=WAITING_JOBS,
        concurrency_id="jobs",
        **INTERNAL,
    )
    shown = panel.show_result.click(
        on_show_result,
        inputs=[panel.task_id],
        outputs=outputs,
        js=f"async () => (await easelReady).taskToShow('{tab}')",
        **QUICK,
    )
    for event in (job, shown):
        event.then(
            None, inputs=[panel.finished_task], js=f"async (id) => (await easelReady).finish('{tab}', id)", **QUICK
        )


def stored_result(app: App, task_id: str) -> Result:
    """Return the result of a job that is done.

    Raises:
        InputError: it is no longer kept.
    """
    result = app.queue.result(task_id)
    if isinstance(result, Exception):
        raise result
    if not isinstance(result, Result):
        raise InputError("The pictures of that job are no longer kept here; saved ones are in the output folder.")
    return result


def connect_paste(app: App, tab: str, button: gr.Button, fields: Sequence[Field], panel: OutputPanel) -> None:
    """Let the button read the infotext in the prompt, or that of the last picture."""
    last_parameters: Path | None = app.paths.params_file if may_see_last_jobs(app) else None

    def on_paste(text: str) -> list[Any]:
        try:
            recipe = with_styles(app, fields, pasted_recipe(app, text or "", last_parameters))
        except InputError as error:
            return [*(gr.skip() for _ in fields), error_html(error)]
        updates, notes = paste_updates(fields, recipe)
        made_with = checkpoint_note(app, recipe.written)
        lines = [*notes, *unknown_values(recipe.written), *([made_with] if made_with else [])]
        return [*updates, lines_html(lines, "comments")]

    prompt = fields[0].component
    button.click(on_paste, inputs=[prompt], outputs=[*(field.component for field in fields), panel.log], **QUICK).then(
        None, js=f"async () => (await easelReady).pasted('{tab}')", **QUICK
    )


def connect_token_counter(
    app: App, prompt: PromptBox, steps: gr.Slider, styles: gr.Dropdown, *, is_negative: bool = False
) -> None:
    """Let a script's press of the hidden button count the prompt's tokens."""

    def count(text: str | None, steps: float | None, names: list[str] | None) -> str:
        styled = styled_text(app, text or "", names or [], is_negative=is_negative)
        return token_counter_html(
            styled, int(steps or 20), app.settings(), is_negative=is_negative, embeddings=app.embedding_list().index
        )

    prompt.count.click(
        count,
        inputs=[prompt.text, steps, styles],
        outputs=[prompt.counter],
        preprocess=False,
        trigger_mode="always_last",
        **QUICK,
    )


def styled_text(app: App, text: str, names: Sequence[str], *, is_negative: bool) -> str:
    """Return a prompt as it is with the styles in it, if a setting wants those counted."""
    if not app.options[COUNT_STYLES]:
        return text
    styles = app.styles.named(str(name) for name in names)
    return add_styles(text, (style.negative_prompt if is_negative else style.prompt for style in styles))


def token_counter_html(
    prompt: str | None,
    steps: int,
    settings: Settings,
    *,
    is_negative: bool = False,
    embeddings: EmbeddingIndex | None = None,
) -> str:
    """Return how many tokens a prompt has, and how many fit into the chunks it takes; see `count_tokens`."""
    if prompt and len(prompt) > LONGEST_PROMPT:
        return '<span class="over">too long</span>'
    try:
        count, limit = count_tokens(prompt or "", steps, settings, is_negative=is_negative, embeddings=embeddings)
    except InputError:  # told when the prompt is sent
        return '<span class="over">too long</span>'
    return f"<span>{count}/{limit}</span>"
