"""The Settings tab. The pages of settings are drawn in the browser (assets/javascript/settings_tab.js)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.core.options import OPTIONS
from modules.frontend.components.settings_licences import create_licences_page, licences_html
from modules.frontend.components.tool_button import hidden_button, hidden_text
from modules.frontend.errors import error_html, lines_html
from modules.frontend.fields import Tab
from modules.frontend.settings_page import describe_settings
from modules.frontend.tabs.events import INTERNAL, QUICK
from modules.frontend.tabs.extra_options import extra_options
from modules.frontend.tabs.settings_actions import create_actions_page
from modules.frontend.tabs.settings_defaults import DefaultsPage, create_defaults_page
from modules.frontend.tabs.settings_sysinfo import create_sysinfo_page

TAB = "settings"
LONGEST_CHANGES = 1_000_000


@dataclass(frozen=True)
class SettingsTab:
    """The tab with what other parts of the page connect to."""

    tab: Tab
    apply: gr.Button
    result: gr.HTML
    reload: gr.Button
    defaults: DefaultsPage


def create_tab(app: App) -> SettingsTab:
    """Build the tab. The browser asks for its pages when it is first shown."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        with gr.Row(elem_id="settings_top", elem_classes="settings-top"):
            apply = gr.Button("Apply settings", variant="primary", elem_id="settings_submit", scale=0)
            reload = gr.Button("Reload UI", elem_id="settings_restart_gradio", scale=0)
            result = gr.HTML("", elem_id="settings_result", elem_classes=["html-log"])
        with gr.Row(elem_id="settings", elem_classes="settings-columns"):
            gr.HTML('<div id="settings_menu"></div>', elem_id="settings_side", elem_classes=["settings-side"])
            with gr.Column(elem_id="settings_content", elem_classes="settings-content", min_width=0):
                gr.HTML('<div id="settings_pages"><p class="quiet">Loading the settings…</p></div>')
                defaults = create_defaults_page()
                create_sysinfo_page()
                create_actions_page(app)
                create_licences_page()
        description = hidden_text("settings_description")

        def on_describe() -> str:
            return json.dumps({**describe_settings(app), "licences": licences_html(app.paths.program)})

        hidden_button("settings_describe").click(on_describe, outputs=[description], **QUICK).then(
            None, inputs=[description], js="async (text) => (await easelReady).settingsArrived(text)", **QUICK
        )
    return SettingsTab(Tab(blocks, "Settings", TAB), apply, result, reload, defaults)


def connect_apply(app: App, settings: SettingsTab, settings_json: gr.Textbox, tabs: Sequence[Tab]) -> None:
    """Let the button set what was changed in the browser: all of it, or nothing if one value is bad.

    Settings that tabs show follow when they were changed here.
    """
    changes = hidden_text("settings_changes")
    shown = [(key, control) for tab in tabs for key, control in extra_options(tab.fields).items()]

    def on_apply(text: str) -> list[Any]:
        try:
            changed = app.set_options(read_changes(text))
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return [error_html(error), json.dumps(app.options.data()), *(gr.skip() for _ in shown)]
        follow = [gr.update(value=app.options.get(key)) if key in changed else gr.skip() for key, _control in shown]
        return [result_html(changed), json.dumps(app.options.data()), *follow]

    settings.apply.click(
        on_apply,
        inputs=[changes],
        outputs=[settings.result, settings_json, *(control for _key, control in shown)],
        js="async () => (await easelReady).settingsToApply()",
        preprocess=False,
        **INTERNAL,
    ).then(None, js="async () => (await easelReady).settingsApplied()", **QUICK)


def read_changes(text: Any) -> Mapping[str, Any]:
    """Return the values by key that the browser sent.

    Raises:
        InputError: it sent something else, or too much.
    """
    if isinstance(text, str) and len(text) > LONGEST_CHANGES:
        raise InputError(f"All changes together may have {LONGEST_CHANGES:,} characters; shorten them.")
    try:
        values = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise InputError("The settings did not arrive; load the page again.")
    return {str(key): value for key, value in values.items()}


def result_html(changed: list[str]) -> str:
    """Return what was changed, and what of it needs the page to be built anew."""
    if not changed:
        return lines_html(["No setting was changed."], "comments")
    number = "1 setting" if len(changed) == 1 else f"{len(changed)} settings"
    line = f"{number} changed: {', '.join(changed)}."
    waiting = [key for key in changed if OPTIONS.get(key).needs_reload]
    more = f" <strong>Press Reload UI to see {html.escape(', '.join(waiting))} take effect.</strong>" if waiting else ""
    return f'<p class="comments">{html.escape(line)}{more}</p>'
