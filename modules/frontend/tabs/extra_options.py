"""Settings in a tab: what they say there counts for the jobs of that tab, and is not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.core.options import OPTIONS, Option
from modules.frontend.components.setting_control import create_setting, within_range
from modules.frontend.fields import Field
from modules.frontend.gradio_internals import closed_accordion
from modules.frontend.layout_options import EXTRA_COLUMNS, EXTRA_IN_ACCORDION, EXTRA_OF_IMG2IMG, EXTRA_OF_TXT2IMG
from modules.frontend.overrides import written_setting
from modules.frontend.settings_page import NOT_FOR_QUICK_SETTINGS, entries_of
from modules.generation.options import CHECKPOINT
from modules.generation.request import SAME_CHECKPOINT

LISTS: Mapping[str, Option[list[Any]]] = {"txt2img": EXTRA_OF_TXT2IMG, "img2img": EXTRA_OF_IMG2IMG}


def create_extra_options(app: App, tab: str) -> list[Field]:
    """Lay out the settings that are wanted in a tab; return their rows of its table."""
    found = [OPTIONS.find(str(key)) for key in dict.fromkeys(app.options[LISTS[tab]])]
    listed = [option for option in found if option is not None and option.kind not in NOT_FOR_QUICK_SETTINGS]
    if not listed:
        return []
    in_accordion = app.options[EXTRA_IN_ACCORDION]
    frame = closed_accordion("Options", elem_classes="extra-options-accordion") if in_accordion else nullcontext()
    with frame, gr.Column(elem_id=f"extra_options_{tab}", elem_classes="extra-options"):
        return [field for row in in_rows(listed, app.options[EXTRA_COLUMNS]) for field in _create_row(app, tab, row)]


def in_rows(listed: Sequence[Option[Any]], columns: int) -> list[Sequence[Option[Any]]]:
    """Return the settings row by row."""
    return [listed[i : i + max(columns, 1)] for i in range(0, len(listed), max(columns, 1))]


def _create_row(app: App, tab: str, row: Sequence[Option[Any]]) -> list[Field]:
    with gr.Row(elem_classes="extra-options-row"):
        return [_create_field(app, tab, option) for option in row]


def _create_field(app: App, tab: str, option: Option[Any]) -> Field:
    value, entries = app.options.get(option.name), entries_of(app, option)
    if option is CHECKPOINT:  # the one above the tabs changes at any time
        value, entries = SAME_CHECKPOINT, [SAME_CHECKPOINT, *entries]
    with gr.Column(elem_classes="extra-option", min_width=0):
        control = create_setting(option, value, entries, f"{tab}_extra_option_{option.name}")
    return Field(
        "",
        control,
        lambda recipe: written_setting(app, option, recipe.written),
        read=partial(read_extra_option, app, option),
        setting=option.name,
    )


def read_extra_option(app: App, option: Option[Any], value: Any) -> Any:
    """Return a value that is another one than is set anyway, or None.

    Raises:
        InputError: it is none that the setting takes.
    """
    if value is None or (option is CHECKPOINT and value == SAME_CHECKPOINT):
        return None
    checked = option.check(within_range(option, value))
    return None if checked == app.options.get(option.name) else checked


def extra_options(fields: Sequence[Field]) -> dict[str, Component]:
    """Return the controls of settings in a tab, by key."""
    return {field.setting: field.component for field in fields if field.setting}
