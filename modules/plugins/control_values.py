"""What the controls of scripts hold before anybody touches them."""

from __future__ import annotations

from typing import Any


def start_value(control: Any) -> Any:
    """Return what a control of the page starts with, as a script gets it."""
    value = getattr(control, "value", None)
    value = value() if callable(value) else value
    choices = [choice[1] if isinstance(choice, tuple) else choice for choice in getattr(control, "choices", None) or ()]
    if value is None and type(control).__name__ == "Textbox":
        return ""  # what the page sends
    if getattr(control, "type", None) == "index" and value in choices:
        return choices.index(value)
    return value
