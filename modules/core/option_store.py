"""The settings of the running program, kept in `config.json`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from modules.core import (  # they declare
    unread_model_options,  # pyright: ignore[reportUnusedImport]
    unread_options,  # pyright: ignore[reportUnusedImport]
    unread_page_options,  # pyright: ignore[reportUnusedImport]
)
from modules.core.errors import InputError, StorageError
from modules.core.files import read_json_file, write_json
from modules.core.old_options import converted_keys
from modules.core.options import OPTIONS, Option, Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

EXPLANATION = "html"
"""The kind of what is no setting but a text."""


class OptionStore:
    """The settings of the running program, kept in `config.json`. Safe to use from several threads.

    Unknown keys of the file are kept. A corrupt file is set aside and named in `notices`.
    """

    def __init__(self, path: Path, set_aside: Path) -> None:
        self.path = path
        self.set_aside = set_aside
        self.notices: list[str] = []
        """What happened when the file was read; see also `bad_values`."""
        self._lock = threading.RLock()
        self._callbacks: dict[str, list[Callable[[Any], None]]] = {}
        self._told: set[str] = set()
        self._data: dict[str, Any] = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            data = read_json_file(self.path, self.set_aside)
        except StorageError as error:
            notice = f"{error} Default settings are used."
            log.warning("%s", notice)
            self.notices.append(notice)
            return {}
        return {**data, **converted_keys(data)}

    def bad_values(self) -> list[str]:
        """Return a sentence for each setting whose stored value it cannot take. Such values stay in the file."""
        with self._lock:
            stored = dict(self._data)
        return [error for key, value in stored.items() if (error := complaint(key, value))]

    def __getitem__(self, declared: Option[T]) -> T:
        with self._lock:
            stored = self._data.get(declared.name, declared.default)
        try:
            return declared.check(stored)
        except InputError as error:
            if declared.name not in self._told:
                self._told.add(declared.name)
                log.warning("%s: %s The default is used.", self.path.name, error)
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
            StorageError: the file cannot be written; the settings hold until the program ends.
        """
        with self._lock:
            declared = {key: OPTIONS.get(key) for key in values}
            checked = {
                entry.name: entry.check(values[key]) for key, entry in declared.items() if entry.kind != EXPLANATION
            }
            changed = {key: value for key, value in checked.items() if self[OPTIONS.get(key)] != value}
            before = {key: self._data[key] for key in changed if key in self._data}
            self._data.update(changed)
        done = False
        try:
            for key, value in changed.items():
                for callback in self._callbacks.get(key, ()):
                    callback(value)
            done = True
        finally:
            if not done:
                self._take_back(changed, before)
        if changed:
            self._keep()
        return list(changed)

    def _take_back(self, changed: Iterable[str], before: Mapping[str, Any]) -> None:
        with self._lock:
            for key in changed:
                self._data.pop(key, None)
            self._data.update(before)

    def _keep(self) -> None:
        try:
            self.save()
        except StorageError as error:
            raise StorageError(f"The settings hold until the program ends, but are not kept: {error}") from error

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
            write_json(self.path, self._data)

    def __iter__(self) -> Iterator[Option[Any]]:
        return iter(OPTIONS)


def complaint(key: str, value: Any) -> str:
    """Return why a setting cannot take a value, or nothing."""
    declared = OPTIONS.find(key)
    if declared is None or declared.kind == EXPLANATION:
        return ""
    try:
        declared.check(value)
    except InputError as error:
        return str(error)
    return ""


def _undeclared(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key not in OPTIONS}
