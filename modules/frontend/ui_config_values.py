"""Values from `ui-config.json` and from the browser, checked against the control that is to have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.core.errors import InputError
from modules.core.registry import shorten


def checked_value(component: Component, value: Any) -> Any:
    """Return a value as a control takes it.

    Raises:
        InputError: what it takes instead.
    """
    for kind, check in _CHECKS.items():
        if isinstance(component, kind):
            return check(component, value)
    return value


def is_number(value: Any) -> bool:
    """Say whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _checkbox(_component: Any, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError("true or false")
    return value


def _number(component: Any, value: Any) -> float:
    if not is_number(value):
        raise InputError("a number")
    minimum, maximum = getattr(component, "minimum", None), getattr(component, "maximum", None)
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        raise InputError(f"a number from {minimum} to {maximum}")
    return int(value) if float(value).is_integer() and isinstance(component.value, int) else value


def _text(_component: Any, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError("text")
    return value


def choices_of(component: Any) -> list[Any]:
    """Return the entries of a menu."""
    return [choice[1] for choice in component.choices]


def _choice(component: Any, value: Any) -> Any:
    choices = choices_of(component)
    if getattr(component, "multiselect", False) or isinstance(component, gr.CheckboxGroup):
        return _several(component, value, choices)
    if value in choices or (getattr(component, "allow_custom_value", False) and isinstance(value, str)):
        return value
    if value == "" and "None" in choices:
        return "None"
    raise InputError(f"one of {shorten(', '.join(map(str, choices)), 200)}")


def _several(component: Any, value: Any, choices: Sequence[Any]) -> list[Any]:
    free = getattr(component, "allow_custom_value", False)
    if not isinstance(value, list) or not all(isinstance(item, str) and (free or item in choices) for item in value):
        raise InputError("a list of its entries")
    return value


_CHECKS: Mapping[type, Callable[[Any, Any], Any]] = {
    gr.Checkbox: _checkbox,
    gr.Slider: _number,
    gr.Number: _number,
    gr.Textbox: _text,
    gr.Dropdown: _choice,
    gr.Radio: _choice,
    gr.CheckboxGroup: _choice,
}
