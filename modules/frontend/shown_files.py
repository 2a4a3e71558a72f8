"""Files that the browser names: those it uploaded, and those that the page shows. No others are opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modules.core.errors import InputError
from modules.frontend.gradio_internals import is_shown

LARGEST_FILE = 256 * 2**20
GONE = "The picture is no longer on the server; load it into the page again."


def shown_file(value: Any) -> Path:
    """Return the file that a component of Gradio holds, as its value comes from the browser.

    Raises:
        InputError: it is elsewhere, gone, or too large.
    """
    name = value.get("path") if isinstance(value, Mapping) else value
    if not isinstance(name, str) or not name or "\0" in name:
        raise InputError(GONE)
    path = Path(name)
    try:
        if not is_shown(path) or not path.is_file():
            raise InputError(GONE)
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"The picture's file is larger than {LARGEST_FILE // 2**20} MB; make it smaller.")
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(GONE) from error
    return path.resolve()
