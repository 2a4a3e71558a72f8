"""`/docs` and `/redoc`, the API's pages for people, without anything from other servers."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

# Without a slash in front, so that they are found under --subpath too.
ASSETS, OPENAPI = "docs-assets", "openapi.json"


def add_documentation(server: FastAPI) -> None:
    """Add the two pages, with the viewers that the package fastapi-offline brings."""
    folder = Path(str(files("fastapi_offline") / "static"))
    server.mount(f"/{ASSETS}", StaticFiles(directory=folder), name=ASSETS)
    icon = f"{ASSETS}/favicon.png"

    @server.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        """Return the page on which calls can be tried."""
        return get_swagger_ui_html(
            openapi_url=OPENAPI,
            title=server.title,
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=icon,
        )

    @server.get("/redoc", include_in_schema=False)
    def redoc() -> HTMLResponse:
        """Return the page to read."""
        return get_redoc_html(
            openapi_url=OPENAPI,
            title=server.title,
            redoc_js_url=f"{ASSETS}/redoc.standalone.js",
            redoc_favicon_url=icon,
            with_google_fonts=False,
        )
