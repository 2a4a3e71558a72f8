"""A place for a picture, which may be drawn on. What it does is in assets/javascript/canvas.js.

The picture and what was drawn stay in the browser until a job needs them; see modules/frontend/canvas_pictures.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Literal

import gradio as gr

from modules.core.option_store import OptionStore
from modules.core.options import Option
from modules.frontend.canvas_options import INPAINT_SKETCH_COLOUR, MASK_COLOUR, SKETCH_COLOUR

Kind = Literal["picture", "mask", "colour"]
"""What may be drawn: nothing, a mask, or colours."""


COLOURS: Mapping[str, Option[str]] = {
    "img2img_sketch": SKETCH_COLOUR,
    "img2maskimg": MASK_COLOUR,
    "inpaint_sketch": INPAINT_SKETCH_COLOUR,
}
"""The brush's colour at first, by elem_id."""


def create_canvas(elem_id: str, kind: Kind, label: str, options: OptionStore) -> gr.HTML:
    """Lay out one.

    Args:
        elem_id: of the whole.
        kind: what may be drawn.
        label: what belongs here, for people.
        options: with the colours.
    """
    wanted = options[COLOURS[elem_id]] if elem_id in COLOURS else ""
    colour = wanted.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", wanted) else "#ffffff"
    data = {"kind": kind, "label": label, "colour": colour}
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    place = f'<div class="easel-canvas" {attributes}></div>'
    return gr.HTML(place, elem_id=elem_id, elem_classes=["canvas-block"])
