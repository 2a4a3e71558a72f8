"""The page Licenses of the Settings tab: what the program is made of, and under which terms."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import gradio as gr

REQUIREMENT = re.compile(r"([\w.-]+)==")
LONGEST_LICENCE = 80


def create_licences_page() -> None:
    """Lay out the page; the browser fills it, with what comes along with the settings."""
    with gr.Column(elem_id="settings_tab_licenses", elem_classes="settings-page"):
        gr.HTML('<div id="licenses"></div>')


def licences_html(program: Path) -> str:
    """Return the program's own licence, what it took from others, and the licences of the libraries it runs on."""
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(version)}</td><td>{html.escape(licence)}</td></tr>"
        for name, version, licence in libraries(program)
    )
    return (
        "<h2>Licenses</h2>"
        f"<h3>Easel</h3>{_folded('Its license', _read(program / 'LICENSE'))}"
        f"<h3>Taken from others</h3>{_folded('Code and assets', _read(program / 'docs' / 'third-party.md'))}"
        "<h3>Libraries</h3>"
        f"<table><thead><tr><th>library</th><th>version</th><th>license</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def libraries(program: Path) -> Iterator[tuple[str, str, str]]:
    """Return name, version and licence of the libraries that the requirements name and that are installed."""
    files = [program / name for name in ("requirements.txt", "requirements-no-deps.txt")]
    names = {name for file in files for name in REQUIREMENT.findall(_read(file))}
    for name in sorted(names, key=str.casefold):
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        yield found["Name"], found["Version"], licence_of(found)


def licence_of(found: metadata.PackageMetadata) -> str:
    """Return the licence in a few words."""
    values = {key: found[key] for key in ("License-Expression", "License") if key in found}
    named = values.get("License-Expression") or values.get("License") or ""
    if 0 < len(named) <= LONGEST_LICENCE and "\n" not in named:
        return named
    classifiers = [entry for entry in found.get_all("Classifier", []) if entry.startswith("License ::")]
    return ", ".join(entry.rpartition("::")[2].strip() for entry in classifiers) or "see the package"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary><pre>{html.escape(text)}</pre></details>"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
