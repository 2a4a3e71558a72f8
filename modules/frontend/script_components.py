"""What scripts of A1111 make their controls with besides Gradio's own: `modules.ui_components` (contract 6.6)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import gradio as gr

from modules.frontend.components.input_accordion import input_accordion


class InputAccordion:
    """An accordion with a checkbox in its header: `with InputAccordion(False, label="Blur") as enable:`.

    What `as` gives is the checkbox. Inside `with accordion.extra():` controls go into the header.

    Args:
        value: it is ticked at first.
        label: of the checkbox.
        elem_id: of the whole.
        named: what A1111's takes besides; without effect.
    """

    _made = 0

    def __init__(self, value: bool = False, *, label: str = "", elem_id: str | None = None, **named: Any) -> None:
        InputAccordion._made += 1
        self._enabled, self._label = bool(value), label
        self._elem_id = elem_id or f"input-accordion-{InputAccordion._made}"
        self._stack = ExitStack()
        self._head: gr.Column | None = None

    def __enter__(self) -> gr.Checkbox:
        head = self._stack.enter_context(input_accordion(self._label, self._elem_id, enabled=self._enabled))
        return head.enabled

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def extra(self) -> gr.Row:
        """Return a row for controls at the top of the content."""
        return gr.Row(elem_id=f"{self._elem_id}-more", elem_classes="input-accordion-extra")


# A1111's have names of their own. Subclasses of Gradio's components would make it write a file beside this one.
FormRow, FormColumn, FormGroup = gr.Row, gr.Column, gr.Group


def ToolButton(*args: Any, tooltip: str | None = None, **named: Any) -> gr.Button:
    """Return a small button with a sign; `tooltip` is without effect."""
    classes = named.pop("elem_classes", None) or []
    classes = [classes] if isinstance(classes, str) else classes
    return gr.Button(*args, elem_classes=["tool", *classes], scale=0, min_width=30, **named)
