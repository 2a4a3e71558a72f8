"""The list of prompts used before; assets/javascript/prompt_history.js shows it."""

from __future__ import annotations

import json
from dataclasses import asdict

import gradio as gr

from modules.app.app import App
from modules.core.errors import StorageError
from modules.frontend.components.output_panel import OutputPanel
from modules.frontend.components.tool_button import hidden_button, hidden_text
from modules.frontend.errors import error_html
from modules.frontend.tabs.events import QUICK


def connect_history(app: App, tab: str, button: gr.Button | None, panel: OutputPanel) -> None:
    """Let the button show the prompts used before."""
    if button is None:
        return
    used = hidden_text(f"{tab}_used_prompts")

    def on_show() -> str:
        return json.dumps([asdict(one) for one in app.prompt_history.all()])

    def on_clear() -> str:
        try:
            app.prompt_history.clear()
        except StorageError as error:
            return error_html(error)
        return ""

    button.click(on_show, outputs=[used], **QUICK).then(
        None, inputs=[used], js=f"async (text) => (await easelReady).showPromptHistory('{tab}', text)", **QUICK
    )
    hidden_button(f"{tab}_clear_prompt_history").click(on_clear, outputs=[panel.log], **QUICK)
