"""Reading the values of a script's controls: API calls give whatever they like, and menus by number or by name.

Each function raises `InputError` with a sentence for people.
"""

from __future__ import annotations

from collections.abc import Sequence

from modules.core.errors import InputError
from modules.core.registry import shorten
from modules.generation.request import check_number, check_whole


def read_whole(label: str, value: object, smallest: int, largest: int) -> int:
    """Return a whole number; sliders may give 4.0 for 4."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    check_whole(label, value, smallest, largest)
    assert isinstance(value, int)
    return value


def read_number(label: str, value: object, smallest: float, largest: float) -> float:
    """Return a number."""
    check_number(label, value, smallest, largest)
    assert isinstance(value, int | float)
    return value


def read_flag(label: str, value: object) -> bool:
    """Return a tick; 0 and 1 count too."""
    if value not in (True, False):
        raise InputError(f"{label} must be true or false, not {value!r:.40}.")
    return bool(value)


def read_text(label: str, value: object) -> str:
    """Return a text; null is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{label} must be a text, not {value!r:.40}.")
    return value


def read_choice(label: str, value: object, choices: Sequence[str]) -> int:
    """Return the place of an entry of a menu, given by its place or by its name in any spelling of capitals."""
    if isinstance(value, str):
        names = [choice.casefold() for choice in choices]
        if value.strip().casefold() in names:
            return names.index(value.strip().casefold())
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices):
        return value
    given = shorten(repr(value), 60)
    raise InputError(f"{label} must be one of {', '.join(choices)}, or its number from 0; not {given}.")


def read_choices(label: str, values: object, choices: Sequence[str]) -> list[str]:
    """Return the entries that are ticked, in the menu's order; at least one."""
    given = [values] if isinstance(values, str) else values
    if not isinstance(given, list | tuple):
        raise InputError(f"{label} must be a list of {', '.join(choices)}; not {values!r:.40}.")
    ticked = {read_choice(label, value, choices) for value in given}
    if not ticked:
        raise InputError(f"{label}: choose at least one of {', '.join(choices)}.")
    return [choices[place] for place in sorted(ticked)]
