"""The seed with its buttons, and the variation seed and seed resize that "Extra" shows."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from modules.frontend.components.settings_rows import slider
from modules.frontend.components.tool_button import tool_button

SeedBox = gr.Number | gr.Textbox


@dataclass(frozen=True)
class SeedRow:
    """The controls; those after `extra` count only while it is ticked."""

    seed: SeedBox
    extra: gr.Checkbox
    subseed: SeedBox
    subseed_strength: gr.Slider
    resize_width: gr.Slider
    resize_height: gr.Slider


def create_seed_row(tab: str, *, as_text: bool = False) -> SeedRow:
    """Lay out the controls. `as_text`: the flag --use-textbox-seed."""
    with gr.Row(elem_id=f"{tab}_seed_row", elem_classes="seed-row"):
        seed = create_seed_box("Seed", f"{tab}_seed", as_text=as_text)
        tool_button("Random seed for every picture (-1)", "dice", f"{tab}_random_seed")
        tool_button("Seed of the picture shown", "recycle", f"{tab}_reuse_seed")
        extra = gr.Checkbox(
            False,
            label="Extra",
            elem_id=f"{tab}_subseed_show",
            container=False,
            interactive=True,
            scale=0,
        )
    # The style sheet shows this column while the checkbox is ticked.
    with gr.Column(elem_id=f"{tab}_seed_extras", elem_classes="seed-extras"):
        with gr.Row(elem_id=f"{tab}_subseed_row", elem_classes="seed-row"):
            subseed = create_seed_box("Variation seed", f"{tab}_subseed", as_text=as_text)
            tool_button("Random variation seed for every picture (-1)", "dice", f"{tab}_random_subseed")
            tool_button("Variation seed of the picture shown", "recycle", f"{tab}_reuse_subseed")
        strength = slider("Variation strength", f"{tab}_subseed_strength", (0, 1, 0.01), 0)
        with gr.Row(elem_id=f"{tab}_seed_resize_from_row", elem_classes="seed-resize-row"):
            width = slider("Resize seed from width", f"{tab}_seed_resize_from_w", (0, 2048, 8), 0)
            height = slider("Resize seed from height", f"{tab}_seed_resize_from_h", (0, 2048, 8), 0)
    return SeedRow(seed, extra, subseed, strength, width, height)


def create_seed_box(label: str, elem_id: str, *, as_text: bool) -> SeedBox:
    """Return a field for a seed."""
    if as_text:
        return gr.Textbox("-1", label=label, elem_id=elem_id, interactive=True)
    return gr.Number(-1, label=label, elem_id=elem_id, precision=0, interactive=True)
