"""Ending the program from within, or having what started it start it again."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from modules.app.app import App
from modules.core.errors import InputError, StorageError

log = logging.getLogger(__name__)

MARKER = "SD_WEBUI_RESTART"
"""Names the file by which `webui.sh` and `webui.bat` are asked to start the program again."""
ALONE = "The program was not started by webui.sh or webui.bat, so nothing would start it again."


def can_restart(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether something would start the program again."""
    return bool(environ.get(MARKER))


def stop(app: App) -> None:
    """End the program in good order: the running job ends its step, and clients get what there is.

    Raises:
        InputError: nobody can end it from within.
    """
    if app.request_stop is None:
        raise InputError("This program cannot be ended from within.")
    log.info("The program is asked to end.")
    app.request_stop()


def restart(app: App, environ: Mapping[str, str] = os.environ) -> None:
    """End the program so that it is started again.

    Raises:
        InputError: nothing would start it again.
        StorageError: the file that asks for it cannot be written.
    """
    if not can_restart(environ):
        raise InputError(ALONE)
    marker = Path(environ[MARKER])
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        raise StorageError(f"Cannot write {marker}, which asks for the restart: {error.strerror}.") from error
    stop(app)
