"""An accordion whose header is a checkbox: ticked, it is open and what is in it counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True)
class InputAccordion:
    """The parts of the header.

    Attributes:
        enabled: the checkbox; the style sheet shows the content while it is ticked.
        said: what stands at the right of the header.
    """

    enabled: gr.Checkbox
    said: gr.HTML


@contextmanager
def input_accordion(
    label: str, elem_id: str, said_id: str | None = None, *, enabled: bool = False
) -> Iterator[InputAccordion]:
    """Lay out the header, and put what is made inside `with` into the content.

    Args:
        label: of the checkbox.
        elem_id: A1111's, of the whole; `-checkbox` and `-extra` are added for its parts.
        said_id: of the text at the right of the header.
        enabled: it is ticked at first.
    """
    with gr.Column(elem_id=elem_id, elem_classes="input-accordion"):
        with gr.Row(elem_id=f"{elem_id}-extra", elem_classes="input-accordion-head"):
            checkbox = gr.Checkbox(
                enabled, label=label, elem_id=f"{elem_id}-checkbox", container=False, interactive=True, min_width=0
            )
            said = gr.HTML("", elem_id=said_id or f"{elem_id}-said", elem_classes=["input-accordion-said"])
        with gr.Column(elem_id=f"{elem_id}-content", elem_classes="input-accordion-content"):
            yield InputAccordion(checkbox, said)
