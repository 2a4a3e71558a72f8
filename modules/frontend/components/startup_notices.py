"""What is wrong with the files that the program was started with, told at the top of the page."""

from __future__ import annotations

import html
from collections.abc import Sequence

import gradio as gr

from modules.app.app import App
from modules.frontend.errors import shorten_line
from modules.plugins.loading import load_problems

MOST_LINES = 20


def startup_notices(app: App, more: Sequence[str] = ()) -> list[str]:
    """Return a sentence for each thing that is wrong; `more` are those of the page."""
    name = app.paths.config_file.name
    bad_values = [f"{name}: {line} The default is used." for line in app.options.bad_values()]
    return [*app.options.notices, *bad_values, *app.styles.notices, *load_problems, *more]


def create_startup_notices(notices: Sequence[str]) -> None:
    """Lay out the notices, which can be folded away."""
    if notices:
        gr.HTML(notices_html(notices), elem_id="startup_notices")


def notices_html(notices: Sequence[str]) -> str:
    """Return the notices as a list."""
    shown = [html.escape(shorten_line(line)) for line in notices[:MOST_LINES]]
    if len(notices) > MOST_LINES:
        shown.append(f"… and {len(notices) - MOST_LINES} more; the console has them all.")
    items = "".join(f"<li>{line}</li>" for line in shown)
    count = "One thing" if len(notices) == 1 else f"{len(notices)} things"
    summary = f"<summary>{count} in your files could not be taken over</summary>"
    return f'<details class="notices" open>{summary}<ul>{items}</ul></details>'
