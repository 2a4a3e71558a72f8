"""A place for a picture, which may be drawn on. What it does is in assets/javascript/canvas.js.

The picture and what was drawn stay in the browser until a job needs them; see modules/frontend/canvas_pictures.py.
"""

from __future__ import annotations

import html
from typing import Literal

import gradio as gr

Kind = Literal["picture", "mask", "colour"]
"""What may be drawn: nothing, a mask, or colours."""


def create_canvas(elem_id: str, kind: Kind, label: str) -> gr.HTML:
    """Lay out one.

    Args:
        elem_id: of the whole.
        kind: what may be drawn.
        label: what belongs here, for people.
    """
    place = f'<div class="easel-canvas" data-kind="{kind}" data-label="{html.escape(label)}"></div>'
    return gr.HTML(place, elem_id=elem_id, elem_classes=["canvas-block"])
