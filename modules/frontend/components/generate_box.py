"""Generate, and what takes its place while a job runs."""

from __future__ import annotations

import gradio as gr


def create_generate_box(tab: str) -> gr.Button:
    """Lay out Generate and the buttons that scripts listen to: Interrupt, Skip, Interrupting..."""
    with gr.Row(elem_id=f"{tab}_generate_box", elem_classes="generate-box"):
        gr.Button("Interrupt", elem_id=f"{tab}_interrupt", elem_classes=["generate-box-interrupt"])
        gr.Button("Skip", elem_id=f"{tab}_skip", elem_classes=["generate-box-skip"])
        gr.Button("Interrupting...", elem_id=f"{tab}_interrupting", elem_classes=["generate-box-interrupting"])
        return gr.Button("Generate", variant="primary", elem_id=f"{tab}_generate")
