"""`/file=<path>`: files for JavaScript written for A1111, out of a few folders only."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse

from modules.api.dependencies import TheApp
from modules.app.app import App

router = APIRouter(tags=["page"])

ASSETS = Path("modules", "frontend", "assets")
SOUND = "notification.mp3"
"""A person's own sound for finished pictures."""

SHOWN = ("image/", "video/", "audio/", "text/plain", "application/json")
"""Types that a browser may show; a page or script among the outputs could act in the name of our page."""


@router.get("/file={path:path}", include_in_schema=False)
def file(path: str, app: TheApp) -> FileResponse:
    """Return a file of the page, of the outputs, or of a folder given by --gradio-allowed-path."""
    assets = [app.paths.program / ASSETS, *(folder / SOUND for folder in (app.paths.data, app.paths.program))]
    outputs = [app.paths.data / "outputs", *app.flags.gradio_allowed_path]
    found = find_allowed(path, app, assets) or find_allowed(path, app, outputs)
    if found is None:
        raise HTTPException(404, "File not found")
    media_type = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    trusted = any(found.is_relative_to(folder.resolve()) for folder in assets)
    inline = trusted or (media_type.startswith(SHOWN) and "svg" not in media_type)
    return FileResponse(
        found,
        media_type=media_type,
        filename=None if inline else found.name,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"},
    )


def find_allowed(path: str, app: App, folders: list[Path]) -> Path | None:
    """Return the file if it lies below one of the folders, links followed.

    The path is first compared as text, so that no other place, such as a network drive, is even looked at.
    """
    try:
        return _find_allowed(path, app, folders)
    except (OSError, ValueError, RuntimeError):  # a name that is too long, a null character, links in a circle
        return None


def _find_allowed(path: str, app: App, folders: list[Path]) -> Path | None:
    for base in (app.paths.data, app.paths.program):
        asked = Path(os.path.abspath(base / path))  # noqa: PTH100 - must not touch the disk
        for folder in folders:
            root = folder.resolve()
            if not (asked.is_relative_to(folder) or asked.is_relative_to(root)):
                continue
            found = asked.resolve()
            if found.is_relative_to(root) and found.is_file():
                return found
    return None
