"""The control for a setting, whatever its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.core.options import Option


def create_setting(
    option: Option[Any], value: Any, entries: Sequence[str] = (), elem_id: str | None = None
) -> Component:
    """Return a checkbox, dropdown, slider, number or text for a setting.

    Args:
        option: the setting.
        value: what it is now.
        entries: what there is to choose from.
        elem_id: A1111's id if it is not given.
    """
    offered = list(dict.fromkeys([*(entries or option.choices or option.suggestions), *_shown(value)]))
    common: dict[str, Any] = {
        "label": option.label,
        "elem_id": elem_id or f"setting_{option.name}",
        "interactive": True,
    }
    if isinstance(option.default, bool):
        return gr.Checkbox(value, container=False, **common)
    if isinstance(option.default, list):
        return gr.Dropdown(offered, value=value, multiselect=True, allow_custom_value=not option.choices, **common)
    if option.choices:
        return gr.Dropdown(list(option.choices), value=value, **common)
    if isinstance(option.default, int | float):
        return _number(option, value, common)
    if option.kind == "color":
        return gr.ColorPicker(str(value), **common)
    if entries or option.suggestions:
        return gr.Dropdown(offered, value=str(value), allow_custom_value=True, **common)
    return gr.Textbox("" if value is None else str(value), lines=1, max_lines=1, **common)


def _shown(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [str(value)]


def _number(option: Option[Any], value: Any, common: dict[str, Any]) -> Component:
    whole = isinstance(option.default, int)
    if option.minimum is None or option.maximum is None:
        return gr.Number(value, precision=0 if whole else None, **common)
    step = option.step or (1 if whole else 0.01)
    return gr.Slider(option.minimum, option.maximum, value, step=step, buttons=[], **common)


def within_range(option: Option[Any], value: Any) -> Any:
    """Return a number moved into the setting's range; anything else as it is, for the setting to check."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if option.minimum is not None:
        value = max(value, option.minimum)
    if option.maximum is not None:
        value = min(value, option.maximum)
    return value
