"""Every private touch-point of Gradio 6.31, so that an update of Gradio is one file to check.

`tests/browser/test_gradio_internals.py` covers each of them in a browser. The selectors that our JavaScript needs are
in `assets/javascript/gradio_selectors.js`, covered by the same test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.routes
from gradio.data_classes import _StaticFiles  # pyright: ignore[reportPrivateUsage]
from gradio.themes import Font, ThemeClass
from gradio.themes.utils.fonts import FontEncoder, font_file_path
from gradio.utils import get_upload_folder

__all__ = ["FontEncoder"]
HEAD_END = b"</head>"


def inject_into_page(head: Callable[[], str]) -> None:
    """Put `head()` into the HTML that Gradio serves, just before `</head>`.

    Gradio's own `head=` is inserted by its JavaScript after DOMContentLoaded, too late for scripts that wait for it.
    """
    templates = gradio.routes.templates
    original = getattr(templates.TemplateResponse, "easel_original", templates.TemplateResponse)

    def template_response(*args: Any, **kwargs: Any) -> Any:
        response = original(*args, **kwargs)
        response.body = bytes(response.body).replace(HEAD_END, head().encode() + HEAD_END, 1)
        response.init_headers()
        return response

    template_response.easel_original = original  # type: ignore[attr-defined]
    templates.TemplateResponse = template_response  # type: ignore[method-assign]


def closed_accordion(label: str, **kwargs: Any) -> gr.Accordion:
    """Return a closed accordion whose content is in the page all the same.

    Gradio leaves out the content of an accordion with `open=False`; its client tests for exactly False, so 0 is closed
    but present.
    """
    return gr.Accordion(label, open=0, **kwargs)  # type: ignore[arg-type]


def serve_in_place(paths: Iterable[Path]) -> None:
    """Let the page show these files and folders as they are, metadata included, without copies in a cache."""
    served = [Path(path) for path in _StaticFiles.all_paths]
    new = {path for path in map(Path.resolve, paths) if not any(path.is_relative_to(known) for known in served)}
    if new:
        gr.set_static_paths([str(path) for path in new])


def is_shown(path: Path) -> bool:
    """Say whether the page may show a file: an uploaded one, or one that `serve_in_place` was told of."""
    folders = [upload_folder().resolve(), *(Path(served) for served in _StaticFiles.all_paths)]
    return any(path.resolve().is_relative_to(folder) for folder in folders)


def upload_folder() -> Path:
    """Return the folder that holds what browsers send to Gradio's address `gradio_api/upload`."""
    return Path(get_upload_folder())


def theme_value(theme: ThemeClass, variable: str, *, dark: bool) -> str:
    """Return a variable of a theme, with what it refers to put in."""
    name = f"{variable}_dark" if dark else variable
    return str(theme._get_computed_value(name) or "")  # pyright: ignore[reportPrivateUsage]


def fonts_of(theme: ThemeClass) -> list[Font]:
    """Return the fonts of a theme, the first choice first."""
    return [font if isinstance(font, Font) else Font(str(font)) for font in getattr(theme, "_font", ())]


def font_weights(name: str) -> list[int]:
    """Return the weights in which Gradio brings a font along."""
    return [weight for weight in (400, 600, 700) if font_file_path(name, weight).is_file()]
