"""Settings: what an option is, the store that keeps `config.json`, and the frozen snapshot a job works with.

An option is declared in the `options.py` of the package that reads it, under its A1111 key:

    CLIP_SKIP = option("CLIP_stop_at_last_layers", 1, label="Clip skip", section="sd", ...)

and read as `settings[CLIP_SKIP]`, so that its type is known and its readers can be found.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from modules.core.errors import InputError
from modules.core.files import write_atomically
from modules.core.registry import Registry, shorten

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Option(Generic[T]):
    """One setting. `name` is its A1111 key and never changes."""

    name: str
    default: T
    label: str
    section: str
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    infotext: str | None = None
    restrict_api: bool = False
    needs_reload: bool = False

    def check(self, value: object) -> T:
        """Return `value` as this option's type.

        Raises:
            InputError: of another type, not finite, or not among the choices.
        """
        converted: Any = _convert(value, self.default, self.name)
        if self.choices and converted not in self.choices:
            choices = ", ".join(self.choices)
            raise InputError(f"Setting {self.name} must be one of {choices}, not {shorten(str(converted))!r}.")
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


class OptionStore:
    """The settings of the running program, kept in `config.json`. Safe to use from several threads.

    Unknown keys of the file are kept. A corrupt file is set aside and named in `notices`.
    """

    def __init__(self, path: Path, set_aside: Path) -> None:
        self.path = path
        self.set_aside = set_aside
        self.notices: list[str] = []
        self._lock = threading.RLock()
        self._callbacks: dict[str, list[Callable[[Any], None]]] = {}
        self._data: dict[str, Any] = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return dict(data.items())
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError, OSError) as error:
            self._set_corrupt_file_aside(error)
            return {}

    def _set_corrupt_file_aside(self, error: Exception) -> None:
        try:
            self.set_aside.parent.mkdir(parents=True, exist_ok=True)
            self.path.replace(self.set_aside)
            where = f"; it was moved to {self.set_aside}"
        except OSError:
            where = ""
        notice = f"{self.path.name} could not be read ({error}), so default settings are used{where}."
        log.warning("%s", notice)
        self.notices.append(notice)

    def __getitem__(self, declared: Option[T]) -> T:
        with self._lock:
            stored = self._data.get(declared.name, declared.default)
        try:
            return declared.check(stored)
        except InputError as error:
            log.warning("%s The default is used.", error)
            return declared.default

    def get(self, name: str) -> Any:
        """Return one setting by its key.

        Raises:
            UnknownNameError: no such setting.
        """
        return self[OPTIONS.get(name)]

    def data(self) -> dict[str, Any]:
        """Return every declared setting and every other key of the file."""
        with self._lock:
            stored = dict(self._data)
        return {**{declared.name: self[declared] for declared in OPTIONS}, **_undeclared(stored)}

    def snapshot(self) -> Settings:
        """Return all present values, frozen."""
        return Settings({declared.name: self[declared] for declared in OPTIONS})

    def update(self, values: Mapping[str, Any]) -> list[str]:
        """Check and set several settings at once, save the file, and run their callbacks.

        Returns:
            The keys whose value changed.

        Raises:
            UnknownNameError: a key that is no setting; nothing is changed.
            InputError: a value of the wrong type; nothing is changed.
            StorageError: the file cannot be written.
        """
        with self._lock:
            checked = {key: OPTIONS.get(key).check(value) for key, value in values.items()}
            changed = {key: value for key, value in checked.items() if self[OPTIONS.get(key)] != value}
            before = {key: self[OPTIONS.get(key)] for key in changed}
            self._data.update(changed)
        done = False
        try:
            for key, value in changed.items():
                for callback in self._callbacks.get(key, ()):
                    callback(value)
            done = True
        finally:
            if not done:
                with self._lock:
                    self._data.update(before)
        if changed:
            self.save()
        return list(changed)

    def on_change(self, declared: Option[T], callback: Callable[[T], None]) -> None:
        """Call `callback(value)` after the setting changed; if it raises, the changes made with it are taken back."""
        self._callbacks.setdefault(declared.name, []).append(callback)

    def remember(self, declared: Option[T], value: T) -> None:
        """Set a value without callbacks or saving: what the program itself found out."""
        with self._lock:
            self._data[declared.name] = declared.check(value)

    def save(self) -> None:
        """Write the file, atomically; the lock keeps a slow write from overwriting a newer one."""
        with self._lock:
            write_atomically(self.path, json.dumps(self._data, indent=4, ensure_ascii=False))

    def __iter__(self) -> Iterator[Option[Any]]:
        return iter(OPTIONS)


def _undeclared(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key not in OPTIONS}
