"""What people read when something goes wrong: one sentence in the line under the picture, never a traceback."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterable

from modules.core.errors import WebUIError

log = logging.getLogger(__name__)

SHOWN_CHARACTERS = 600


def explain(error: Exception) -> str:
    """Return the sentence for an error; what is not meant for people is logged with its traceback."""
    if isinstance(error, WebUIError):
        log.warning("%s", error)
        return str(error)
    log.error("Unexpected error", exc_info=error)
    return f"Something went wrong in Easel: {type(error).__name__}: {error}. The console has the details."


def error_html(error: Exception) -> str:
    """Return the log line for an error."""
    return lines_html([explain(error)], "error")


def lines_html(lines: Iterable[str], kind: str) -> str:
    """Return lines of text as paragraphs of a class, escaped."""
    return "".join(f'<p class="{kind}">{html.escape(shorten_line(line))}</p>' for line in lines)


def shorten_line(line: str) -> str:
    """Cut a message that quotes something huge."""
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"
