"""Generate, and what takes its place while a job runs."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True)
class GenerateBox:
    """The row, which has its place when `row.render()` is called, and the button that starts a job."""

    row: gr.Row
    generate: gr.Button


def create_generate_box(tab: str) -> gr.Button:
    """Lay out Generate and the buttons that scripts listen to: Interrupt, Skip, Interrupting..."""
    box = make_generate_box(tab)
    box.row.render()
    return box.generate


def make_generate_box(tab: str) -> GenerateBox:
    """Return the buttons without a place."""
    with gr.Row(elem_id=f"{tab}_generate_box", elem_classes="generate-box", render=False) as row:
        gr.Button("Interrupt", elem_id=f"{tab}_interrupt", elem_classes=["generate-box-interrupt"])
        gr.Button("Skip", elem_id=f"{tab}_skip", elem_classes=["generate-box-skip"])
        gr.Button("Interrupting...", elem_id=f"{tab}_interrupting", elem_classes=["generate-box-interrupting"])
        return GenerateBox(row, gr.Button("Generate", variant="primary", elem_id=f"{tab}_generate"))
