"""Gradio's theme, every variable of which points at our own design tokens (assets/css/tokens.css).

So light and dark are decided in one place, the style sheet, and Gradio never brings a colour of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradio.themes import Base, Font
from gradio.themes.utils.sizes import radius_sm, spacing_sm, text_sm

FONTS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
MONOSPACE_FONTS = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

COLOURS = {
    "body_background_fill": "page",
    "body_text_color": "text",
    "body_text_color_subdued": "text-quiet",
    "background_fill_primary": "panel",
    "background_fill_secondary": "field",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "border_color_accent_subdued": "line-strong",
    "color_accent_soft": "accent-soft",
    "link_text_color": "link",
    "link_text_color_hover": "link",
    "link_text_color_active": "link",
    "link_text_color_visited": "link",
    "block_background_fill": "none",
    "block_border_color": "line",
    "block_info_text_color": "text-quiet",
    "block_label_background_fill": "none",
    "block_label_border_color": "none",
    "block_label_text_color": "text-quiet",
    "block_title_text_color": "text-quiet",
    "panel_background_fill": "none",
    "input_background_fill": "field",
    "input_background_fill_focus": "field",
    "input_background_fill_hover": "field",
    "input_border_color": "line-field",
    "input_border_color_focus": "accent",
    "input_border_color_hover": "line-strong",
    "input_placeholder_color": "text-quiet",
    "checkbox_background_color": "field",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "line-strong",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "none",
    "checkbox_label_text_color": "text",
    "error_background_fill": "panel",
    "error_border_color": "danger",
    "error_text_color": "danger",
    "error_icon_color": "danger",
    "loader_color": "accent",
    "slider_color": "accent",
    "button_primary_background_fill": "primary",
    "button_primary_background_fill_hover": "primary-hover",
    "button_primary_border_color": "primary-line",
    "button_primary_border_color_hover": "primary-line",
    "button_primary_text_color": "on-primary",
    "button_primary_text_color_hover": "on-primary",
    "button_secondary_background_fill": "button",
    "button_secondary_background_fill_hover": "button-hover",
    "button_secondary_border_color": "line-field",
    "button_secondary_border_color_hover": "line-strong",
    "button_secondary_text_color": "text",
    "button_secondary_text_color_hover": "text",
}

SHAPES = {
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "block_radius": "6px",
    "block_title_text_size": "12px",
    "block_title_text_weight": "400",
    "block_label_text_size": "12px",
    "layout_gap": "8px",
    "form_gap_width": "0px",
    "input_padding": "5px 8px",
    "input_radius": "6px",
    "input_border_width": "1px",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "input_text_size": "13px",
    "button_border_width": "1px",
    "button_transition": "background-color 120ms, border-color 120ms",
}


def make_theme(fonts: Sequence[Font] = ()) -> Base:
    """Return the theme. Fonts are the system's if none are given, and nothing is fetched from elsewhere."""
    theme = Base(
        spacing_size=spacing_sm,
        radius_size=radius_sm,
        text_size=text_sm,
        font=[*fonts] or FONTS,
        font_mono=MONOSPACE_FONTS,
    )
    values = dict(SHAPES)
    for variable, token in COLOURS.items():
        colour = "transparent" if token == "none" else f"var(--easel-{token})"
        values[variable] = values[f"{variable}_dark"] = colour
    return theme.set(**values)
