"""Settings for the next jobs alone, as "Clip skip: 2"; see modules/frontend/overrides.py."""

from __future__ import annotations

import gradio as gr


def create_override_settings(tab: str) -> gr.Dropdown:
    """Lay out the list; the style sheet hides it while it is empty."""
    with gr.Row(elem_id=f"{tab}_override_settings_row", elem_classes="override-settings"):
        return gr.Dropdown(
            [],
            value=[],
            label="Override settings",
            elem_id=f"{tab}_override_settings",
            multiselect=True,
            allow_custom_value=True,
            interactive=True,
        )
