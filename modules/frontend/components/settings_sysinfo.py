"""The page Sysinfo of the Settings tab."""

from __future__ import annotations

import gradio as gr

TEXT = """<h2>Sysinfo</h2>
<p>Helps others to understand a problem: the system, the program, its settings and launch flags, and the versions of all
packages. Passwords, tokens and keys are left out; paths of folders are in it.</p>
<p><a href="internal/sysinfo-download" id="sysinfo_download" class="button-link" download>Download system info</a>
<a href="internal/sysinfo" target="_blank" rel="noopener">or look at it in a tab of its own</a></p>"""


def create_sysinfo_page() -> None:
    """Lay out the page."""
    with gr.Column(elem_id="settings_tab_sysinfo", elem_classes="settings-page"):
        gr.HTML(TEXT)
