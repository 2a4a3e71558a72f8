"""The last lines of the page: links, and which versions of what are at work."""

from __future__ import annotations

import html
import platform
from importlib import metadata

import gradio as gr

from modules.app.app import App
from modules.core.version import EASEL_VERSION
from modules.frontend.project_page import project_page


def create_footer(app: App) -> gr.HTML:
    """Lay out the footer."""
    return gr.HTML(footer_html(app), elem_id="footer")


def footer_html(app: App) -> str:
    """Return links and versions; the checkpoint's hash changes with the checkpoint."""
    api = link("API", "docs") if app.flags.api else button("API", "footer_api_off")
    page = project_page(app.paths.program)
    links = [
        api,
        link("GitHub", page) if page else "<span>GitHub</span>",
        link("Gradio", "https://gradio.app"),
        button("Startup profile", "footer_startup_profile"),
        button("Reload UI", "footer_reload_ui"),
    ]
    return f'<div class="footer-links">{" ".join(links)}</div><div class="versions">{versions_html(app)}</div>'


def link(name: str, address: str) -> str:
    """Return a link that opens in a tab of its own."""
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener">{name}</a>'


def button(name: str, elem_id: str) -> str:
    """Return a button; footer.js says what it does."""
    return f'<button type="button" id="{elem_id}">{name}</button>'


def versions_html(app: App) -> str:
    """Return the line of versions, without importing what it names."""
    versions = [
        ("version", f"Easel {EASEL_VERSION}"),
        ("python", platform.python_version()),
        ("torch", installed_version("torch")),
        ("xformers", installed_version("xformers")),
        ("gradio", installed_version("gradio")),
    ]
    shown = [f"<span>{name}: {html.escape(version)}</span>" for name, version in versions]
    return " ".join([*shown, f"<span>checkpoint: {checkpoint_html(app)}</span>"])


def checkpoint_html(app: App) -> str:
    """Return the short hash of the checkpoint in use; its title is the full hash."""
    info = app.catalog.find(app.checkpoint_title())
    sha256 = (info.sha256 if info else None) or ""
    short = (info.short_hash if info else None) or "N/A"
    return f'<a id="sd_checkpoint_hash" title="{html.escape(sha256)}">{html.escape(short)}</a>'


def installed_version(package: str) -> str:
    """Return a package's version, or N/A."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "N/A"
