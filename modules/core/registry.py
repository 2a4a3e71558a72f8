"""Whatever is chosen by name is a frozen entry in a `Registry`: data in one table, in menu order."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from modules.core.errors import UnknownNameError


class Named(Protocol):
    """An entry: anything with a `name`; a tuple `aliases` is honoured where there is one."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Entries in menu order, found by name or alias without regard to case."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        self._names: dict[str, str] = {}

    def add(self, *entries: T) -> None:
        """Append entries; one that has the name of an older entry takes its place."""
        for entry in entries:
            self._entries[entry.name] = entry
            for name in (entry.name, *getattr(entry, "aliases", ())):
                self._names[name.casefold()] = entry.name

    def remove(self, name: str) -> None:
        """Take out the entry of exactly that name, if there is one."""
        if self._entries.pop(name, None) is not None:
            self._names = {alias: entry for alias, entry in self._names.items() if entry != name}

    def find(self, name: str) -> T | None:
        """Return the entry of that name or alias, or None."""
        key = self._names.get(name.strip().casefold())
        return None if key is None else self._entries[key]

    def get(self, name: str) -> T:
        """Return the entry of that name or alias.

        Raises:
            UnknownNameError: no such entry; the message names close ones.
        """
        entry = self.find(name)
        if entry is None:
            raise UnknownNameError(self._unknown(name))
        return entry

    def _unknown(self, name: str) -> str:
        close = difflib.get_close_matches(name.casefold(), list(self._names), n=1, cutoff=0.5)
        hint = f' Did you mean "{self._names[close[0]]}"?' if close else ""
        return f"{self.kind.capitalize()} not found: {shorten(name)!r}.{hint}"

    def names(self) -> list[str]:
        """Return the names in menu order."""
        return list(self._entries)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None


def shorten(text: str, limit: int = 80) -> str:
    """Cut a text for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
