"""The top row of a generation tab: prompts with their token counters, Generate and the tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr

from modules.app.interrogate import CLIP, DEEPBOORU
from modules.frontend.components.generate_box import GenerateBox, make_generate_box
from modules.frontend.components.style_row import StyleRow, create_style_row
from modules.frontend.components.tool_button import hidden_button, tool_button

HINT = "Prompt (Ctrl+Enter generates, Alt+Enter skips, Esc interrupts)"


@dataclass(frozen=True)
class PromptBox:
    """A prompt with its token counter; a script presses the hidden button to have the tokens counted."""

    text: gr.Textbox
    counter: gr.HTML
    count: gr.Button


@dataclass(frozen=True)
class PromptRow:
    """The controls of the top row; `compact`: it is in the left column, and Generate above the pictures."""

    row: gr.Row
    compact: bool
    prompt: PromptBox
    negative_prompt: PromptBox
    box: GenerateBox
    paste: gr.Button
    convert: gr.Button
    history: gr.Button | None
    picture: gr.File
    """Takes pictures that are dropped onto the prompts."""
    styles: StyleRow
    interrogators: Mapping[str, gr.Button]
    """What describes the picture of img2img, by the API's name of the way."""

    @property
    def generate(self) -> gr.Button:
        return self.box.generate

    def place_on_top(self) -> None:
        """Put the row here, above the columns, unless it is compact."""
        if not self.compact:
            self.row.render()

    def place_in_column(self) -> None:
        """Put the row here, in the left column, if it is compact."""
        if self.compact:
            self.row.render()

    def place_generate(self) -> None:
        """Put Generate here, above the pictures, if the row is compact."""
        if self.compact:
            self.box.row.render()


def make_prompt_row(
    tab: str, prompt: str = "", styles: Sequence[str] = (), *, compact: bool = False, with_history: bool = True
) -> PromptRow:
    """Return the top row without a place.

    Args:
        tab: what the elem_ids begin with.
        prompt: what the prompt says at first.
        styles: names of the styles to choose from.
        compact: it is made for the left column: the tools in one line below the prompts, and Generate without a place.
        with_history: there is a button for the prompts used before.
    """
    box = make_generate_box(tab)
    classes = ["toprow", "in-column"] if compact else ["toprow"]
    with gr.Row(elem_id=f"{tab}_toprow", elem_classes=classes, render=False) as row:
        with gr.Column(elem_id=f"{tab}_prompt_container", elem_classes="prompt-container", scale=6):
            positive = _create_prompt(
                tab,
                "prompt",
                "Prompt",
                "token",
                HINT,
                prompt,
            )
            negative = _create_prompt(tab, "neg_prompt", "Negative prompt", "negative_token", "Negative prompt")
        with gr.Column(elem_id=f"{tab}_actions_column", elem_classes="actions-column", scale=1, min_width=220):
            if not compact:
                box.row.render()
            paste, convert, history, interrogators = _create_tools(tab, with_history=with_history)
            style_row = create_style_row(tab, styles)
        picture = gr.File(label="Picture dropped onto the prompt", visible="hidden", elem_id=f"{tab}_prompt_image")
    return PromptRow(row, compact, positive, negative, box, paste, convert, history, picture, style_row, interrogators)


def _create_prompt(tab: str, name: str, label: str, counter: str, placeholder: str, value: str = "") -> PromptBox:
    with gr.Row(elem_id=f"{tab}_{name}_row", elem_classes="prompt-row"):
        box = gr.Textbox(
            value,
            label=label,
            show_label=False,
            container=False,
            lines=3,
            max_lines=12,
            placeholder=placeholder,
            interactive=True,
            elem_id=f"{tab}_{name}",
            elem_classes=["prompt"],
        )
        shown = gr.HTML("<span>0/75</span>", elem_id=f"{tab}_{counter}_counter", elem_classes=["token-counter"])
        button = hidden_button(f"{tab}_{counter}_button")
    return PromptBox(box, shown, button)


def _create_interrogators() -> Mapping[str, gr.Button]:
    """Lay out what describes the picture of img2img."""
    return {
        CLIP: tool_button("Describe the picture in words, in place of the prompt (CLIP)", "words", "interrogate"),
        DEEPBOORU: tool_button("Describe the picture in tags, in place of the prompt (DeepBooru)", "tags", "deepbooru"),
    }


def _create_tools(
    tab: str, *, with_history: bool
) -> tuple[gr.Button, gr.Button, gr.Button | None, Mapping[str, gr.Button]]:
    with gr.Row(elem_id=f"{tab}_tools", elem_classes="tools"):
        paste = tool_button("Read the parameters in the prompt, or the last picture's", "paste", "paste")
        tool_button("Clear both prompts", "clear", f"{tab}_clear_prompt")
        convert = tool_button(
            "Turn InvokeAI's prompt syntax, as word++, into A1111's", "weights", f"{tab}_convert_prompt"
        )
        history = tool_button("Prompts used before", "history", f"{tab}_prompt_history") if with_history else None
        interrogators = _create_interrogators() if tab == "img2img" else {}
        tool_button("Show the job that was running", "restore", f"{tab}_restore_progress")
    return paste, convert, history, interrogators
