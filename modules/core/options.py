"""Settings: what an option is, all that are declared, and the frozen snapshot a job works with.

An option is declared in the `options.py` of the package that reads it, under its A1111 key:

    CLIP_SKIP = option("CLIP_stop_at_last_layers", 1, label="Clip skip", section="sd", ...)

and read as `settings[CLIP_SKIP]`, so that its type is known and its readers can be found.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from modules.core.errors import InputError
from modules.core.registry import Registry, shorten

T = TypeVar("T")


Kind = Literal["", "radio", "several", "color", "html", "hidden"]


@dataclass(frozen=True)
class Option(Generic[T]):
    """One setting. `name` is its A1111 key and never changes.

    Attributes:
        choices: the values it takes; of a list, those that its entries may have.
        suggestions: values to choose from, though others are taken as well.
        infotext: the name it has in infotexts.
        restrict_api: cannot be set through the API.
        needs_reload: takes effect when the page is built anew.
        without_effect: why setting it does nothing; "" for one that something reads.
        kind: how it is shown where its type does not say so. "html" is a text that explains others and is no setting
            at all; "hidden" is kept by the program for itself.
    """

    name: str
    default: T
    label: str
    section: str
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    infotext: str | None = None
    restrict_api: bool = False
    needs_reload: bool = False
    without_effect: str = ""
    kind: Kind = ""

    def check(self, value: object) -> T:
        """Return `value` as this option's type. For a text, None stands for the default, as in A1111.

        Raises:
            InputError: of another type, not finite, or not among the choices.
        """
        if value is None and isinstance(self.default, str):
            return self.default
        converted: Any = _convert(value, self.default, self.name)
        entries: list[Any] = converted if isinstance(self.default, list) else [converted]
        unknown = [entry for entry in entries if entry not in self.choices] if self.choices else []
        if unknown:
            choices = ", ".join(self.choices)
            raise InputError(f"Setting {self.name} must be one of {choices}, not {shorten(str(unknown[0]))!r}.")
        return converted


OPTIONS: Registry[Option[Any]] = Registry("setting")


def option(name: str, default: T, **details: Any) -> Option[T]:
    """Declare an option; see `Option` for the details."""
    declared = Option(name, default, **details)
    OPTIONS.add(declared)
    return declared


def _convert(value: object, default: Any, name: str) -> Any:
    if default is None:
        return value
    for kind, read in _READERS.items():
        if isinstance(default, kind):
            converted = read(value)
            if converted is None:
                raise InputError(f"Setting {name} takes {_TYPE_NAMES[kind]}, not {value!r:.80}.")
            return converted
    return value


def _read_bool(value: object) -> bool | None:
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None


def _read_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) <= sys.float_info.max else None


def _read_int(value: object) -> int | None:
    number = _read_float(value)
    return int(number) if number is not None and float(number).is_integer() else None


def _read_str(value: object) -> str | None:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


def _read_list(value: Any) -> list[Any] | None:
    return [*value] if type(value) in (list, tuple) else None


_READERS: dict[type, Callable[[object], Any]] = {
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    str: _read_str,
    list: _read_list,
}
"""In this order, since true and false are ints too."""

_TYPE_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
}


@dataclass(frozen=True)
class Settings:
    """A frozen snapshot of all settings, with a job's `override_settings` laid on top."""

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __getitem__(self, declared: Option[T]) -> T:
        return self.values.get(declared.name, declared.default)

    def overlaid(self, overrides: Mapping[str, Any]) -> Settings:
        """Return a snapshot with checked overrides on top.

        Raises:
            UnknownNameError: a key that is no setting.
            InputError: a value of the wrong type.
        """
        checked = {key: OPTIONS.get(key).check(value) for key, value in overrides.items()}
        return Settings({**self.values, **checked})
