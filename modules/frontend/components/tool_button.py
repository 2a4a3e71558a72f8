"""Square buttons with an icon. The text is there for screen readers and becomes the tooltip."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

Icon = Literal[
    "paste",
    "clear",
    "restore",
    "swap",
    "dice",
    "recycle",
    "folder",
    "refresh",
    "weights",
    "measure",
    "picture",
    "brush",
    "enlarge",
    "apply",
    "styles",
    "save",
    "archive",
    "stars",
    "words",
    "tags",
    "history",
]


def tool_button(name: str, icon: Icon, elem_id: str, **kwargs: Any) -> gr.Button:
    """Return a tool button; the icons are in assets/css/icons.css.

    Args:
        name: what the button does, in a few words.
        icon: which drawing it shows.
        elem_id: A1111's id.
        kwargs: for gr.Button.
    """
    classes = ["tool", f"icon-{icon}"]
    return gr.Button(name, elem_id=elem_id, elem_classes=classes, scale=0, min_width=30, **kwargs)


def hidden_button(elem_id: str) -> gr.Button:
    """Return a button that only scripts press. It is in the page, unlike one with `visible=False`."""
    return gr.Button(elem_id, elem_id=elem_id, visible="hidden")


def hidden_text(elem_id: str, value: str = "") -> gr.Textbox:
    """Return a text that only scripts read or write."""
    return gr.Textbox(value, label=elem_id, elem_id=elem_id, visible="hidden", interactive=True)
