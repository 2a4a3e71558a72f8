"""The page Actions of the Settings tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.maintenance import hash_checkpoints, look_for_files, reload_scripts
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import INTERNAL, QUICK


def create_actions_page(app: App) -> None:
    """Lay out the buttons; what concerns only the browser is done by assets/javascript/settings_actions.js."""
    with gr.Column(elem_id="settings_tab_actions", elem_classes=["settings-page", "settings-actions"]):
        gr.HTML("<h2>Actions</h2>")
        result = gr.HTML("", elem_id="settings_actions_result", elem_classes=["html-log"])
        with gr.Row(elem_classes="settings-action"):
            unload = gr.Button("Unload SD checkpoint to RAM", elem_id="sett_unload_sd_model", scale=0)
            load = gr.Button("Load SD checkpoint to VRAM from RAM", elem_id="sett_reload_sd_model", scale=0)
        gr.HTML(_note("Unloading gives the memory free for other programs; the next picture loads the model again."))
        with gr.Row(elem_classes="settings-action"):
            look = gr.Button("Look for new files", elem_id="sett_look_for_files", scale=0)
        gr.HTML(_note("Checkpoints, textual inversions, styles and upscalers that were added or taken away."))
        with gr.Row(elem_classes="settings-action"):
            bodies = gr.Button("Reload custom script bodies", elem_id="settings_reload_script_bodies", scale=0)
        gr.HTML(_note("Script files that were changed work in their new form at once; new controls need Reload UI."))
        with gr.Row(elem_classes="settings-action"):
            hashes = gr.Button("Calculate hash for all checkpoint", elem_id="calculate_all_checkpoint_hash", scale=0)
            threads = gr.Number(
                1,
                precision=0,
                minimum=1,
                label="Number of parallel calculations",
                elem_id="calculate_all_checkpoint_hash_threads",
                interactive=True,
            )
        gr.HTML(
            _note("Reads every file once, which takes a while for many. Titles and infotexts then name the hashes.")
        )
        with gr.Row(elem_classes="settings-action"):
            gr.Button("Request browser notifications", elem_id="request_notifications", scale=0)
        gr.HTML(_note("Lets this page tell you about a finished job while you look at another one."))
        with gr.Row(elem_classes="settings-action"):
            gr.Button("Download localization template", elem_id="download_localization", scale=0)
        gr.HTML(_note("All texts of this page as a JSON file, to be filled in with a translation."))

    def hash_all(number: float | None) -> str:
        problems = hash_checkpoints(app, int(number or 1))
        known = sum(bool(info.sha256) for info in app.catalog.all())
        return "<br>".join([f"Hashes of {known} checkpoints are known.", lines_html(problems, "error")])

    _connect(unload, result, lambda: _done(app.unload_checkpoints, "No checkpoint is in memory now."))
    _connect(load, result, lambda: _done(app.load_selected_checkpoint, "The checkpoint is in memory."))
    bodies.click(_guarded(lambda: lines_html(reload_scripts(app), "comments")), outputs=[result], **INTERNAL)
    _connect(look, result, lambda: look_for_files(app))
    hashes.click(_guarded(hash_all), inputs=[threads], outputs=[result], **INTERNAL)


def _note(text: str) -> str:
    return f'<p class="quiet">{text}</p>'


def _done(action: Callable[[], object], said: str) -> str:
    action()
    return said


def _connect(button: gr.Button, result: gr.HTML, action: Callable[[], str]) -> None:
    button.click(_guarded(lambda: lines_html([action()], "comments")), outputs=[result], **QUICK)


def _guarded(action: Callable[..., str]) -> Callable[..., Any]:
    """Return the action with what goes wrong told as a sentence."""

    def run(*values: Any) -> str:
        try:
            return action(*values)
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return error_html(error)

    return run
