"""The page Defaults of the Settings tab: what is in the page now becomes what it begins with."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.core.registry import shorten
from modules.frontend.errors import error_html, lines_html
from modules.frontend.tabs.events import INTERNAL
from modules.frontend.ui_config import UiConfig

TEXT = """<h2>Defaults</h2>
<p>Set the other tabs as you want to find them, look at the changes, and press Apply: the page then begins with these
values, at the next start or Reload UI. They are kept in <code>ui-config.json</code>, where ranges of sliders and what
is shown can be changed too.</p>"""


@dataclass(frozen=True)
class DefaultsPage:
    """The controls."""

    view: gr.Button
    apply: gr.Button
    review: gr.HTML


def create_defaults_page() -> DefaultsPage:
    """Lay out the page."""
    with gr.Column(elem_id="settings_tab_defaults", elem_classes=["settings-page", "settings-actions"]):
        gr.HTML(TEXT)
        with gr.Row(elem_classes="settings-action"):
            view = gr.Button("View changes", elem_id="ui_defaults_view", scale=0)
            apply = gr.Button("Apply", elem_id="ui_defaults_apply", variant="primary", scale=0)
        review = gr.HTML("", elem_id="ui_defaults_review")
    return DefaultsPage(view, apply, review)


def connect_defaults(page: DefaultsPage, config: UiConfig) -> None:
    """Compare the controls with the file, and write them into it."""

    def on_view(*values: Any) -> str:
        return changes_html(config.changes(values))

    def on_apply(*values: Any) -> str:
        try:
            changed = config.changes(values)
            config.begin_with({key: after for key, (_before, after) in changed.items()})
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            return error_html(error)
        number = "1 value is" if len(changed) == 1 else f"{len(changed)} values are"
        return lines_html([f"{number} kept in {config.path.name}."], "comments")

    controls = [named.component for named in config.value_controls()]
    for button, action in ((page.view, on_view), (page.apply, on_apply)):
        button.click(action, inputs=controls, outputs=[page.review], preprocess=False, **INTERNAL)


def changes_html(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Return a table of what would change."""
    if not changes:
        return lines_html(["Everything is as the page begins with."], "comments")
    rows = "".join(
        f"<tr><td>{html.escape(key.removesuffix('/value'))}</td><td>{_shown(before)}</td><td>{_shown(after)}</td></tr>"
        for key, (before, after) in changes.items()
    )
    return (
        f"<table><thead><tr><th>control</th><th>begins with</th><th>now</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _shown(value: Any) -> str:
    return html.escape(shorten(json.dumps(value, ensure_ascii=False), 200))
