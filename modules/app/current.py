"""The running program, for legacy names alone: extensions ask `modules.shared` for it. Nothing else may import this."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modules.app.app import App

_running: list[App] = []


def set_current(app: App) -> None:
    """Make a program the one that legacy names show."""
    _running[:] = [app]


def current_app() -> App:
    """Return the program that legacy names show.

    Raises:
        RuntimeError: none has been built.
    """
    if not _running:
        raise RuntimeError("The program has not been built yet.")
    return _running[-1]
