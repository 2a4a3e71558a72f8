"""The page Sysinfo of the Settings tab."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from modules.app.sysinfo_check import CHANGED, VALID, is_unchanged
from modules.core.errors import InputError
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import QUICK

TEXT = """<h2>Sysinfo</h2>
<p>Helps others to understand a problem: the system, the program, its settings and launch flags, and the versions of all
packages. Passwords, tokens and keys are left out; paths of folders are in it.</p>
<p><a href="internal/sysinfo-download" id="sysinfo_download" class="button-link" download>Download system info</a>
<a href="internal/sysinfo" target="_blank" rel="noopener">or look at it in a tab of its own</a></p>"""


def create_sysinfo_page() -> None:
    """Lay out the page."""
    with gr.Column(elem_id="settings_tab_sysinfo", elem_classes="settings-page"):
        gr.HTML(TEXT)
        file = gr.File(
            label="Check a sysinfo file",
            file_count="single",
            elem_id="sysinfo_check_file",
            elem_classes=["file-drop"],
            interactive=True,
        )
        verdict = gr.HTML("", elem_id="sysinfo_validity", elem_classes=["html-log"])
    file.upload(_verdict, inputs=[file], outputs=[verdict], **QUICK)
    file.clear(lambda: "", outputs=[verdict], **QUICK)


def _verdict(path: str) -> str:
    try:
        unchanged = is_unchanged(Path(path))
    except InputError as error:
        return error_html(error)
    return lines_html([VALID if unchanged else CHANGED], "comments" if unchanged else "error")
