"""The button that turns prompts written for InvokeAI into prompts as they are written here."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.core.errors import InputError
from modules.engine.text.invokeai import convert_invokeai
from modules.frontend.components.output_panel import OutputPanel
from modules.frontend.components.prompt_row import PromptRow
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import QUICK

UNCHANGED = "There is nothing of InvokeAI's syntax in the prompts."


def connect_converter(tab: str, top: PromptRow, panel: OutputPanel) -> None:
    """Let the button convert both prompts and say what is only nearly the same."""

    def on_convert(prompt: str | None, negative_prompt: str | None) -> list[Any]:
        try:
            *converted, notes = convert_prompts(prompt or "", negative_prompt or "")
        except InputError as error:
            return [gr.skip(), gr.skip(), error_html(error)]
        return [*converted, lines_html(notes, "comments")]

    prompts = [top.prompt.text, top.negative_prompt.text]
    top.convert.click(on_convert, inputs=prompts, outputs=[*prompts, panel.log], **QUICK).then(
        None, js=f"async () => (await easelReady).pasted('{tab}')", **QUICK
    )


def convert_prompts(prompt: str, negative_prompt: str) -> tuple[str, str, list[str]]:
    """Return both prompts converted, and lines to show.

    Raises:
        InputError: brackets nested too deep.
    """
    positive, negative = convert_invokeai(prompt), convert_invokeai(negative_prompt)
    excluded = ", ".join(filter(None, (negative.prompt, positive.negative_prompt)))
    notes = list(dict.fromkeys([*positive.notes, *negative.notes]))
    if (positive.prompt, excluded) == (prompt.strip(), negative_prompt.strip()):
        notes = [UNCHANGED]
    return positive.prompt, excluded, notes
