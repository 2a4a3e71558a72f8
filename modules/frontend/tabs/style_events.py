"""The events of styles: the menu, and what the editor (assets/javascript/style_editor.js) asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.frontend.components.prompt_row import PromptRow
from modules.frontend.components.style_row import MOST_ENTRIES, StyleRow, style_names
from modules.frontend.components.tool_button import hidden_button, hidden_text
from modules.frontend.errors import explain
from modules.frontend.fields import Field, Tab
from modules.frontend.tabs.events import QUICK
from modules.generation.style_editing import delete_style, save_style
from modules.generation.styles import Style, add_styles

LONGEST_CALL = 1_000_000


def style_field(app: App, row: StyleRow) -> Field:
    """Return the row of a tab's table of fields."""
    return Field(
        "styles",
        row.menu,
        read=lambda names: tuple(str(name) for name in names or ()),
        choices=lambda: style_names(app),
    )


def connect_styles(app: App, tab: str, top: PromptRow) -> None:
    """Let the button put the chosen styles into the prompts, and have tokens counted when others are chosen."""

    def on_apply(text: str | None, negative: str | None, names: Sequence[str] | None) -> list[Any]:
        styles = app.styles.named(str(name) for name in names or ())
        return [
            add_styles(text or "", (style.prompt for style in styles)),
            add_styles(negative or "", (style.negative_prompt for style in styles)),
            [],
        ]

    counted = f"async () => (await easelReady).pasted('{tab}')"
    fields = [top.prompt.text, top.negative_prompt.text, top.styles.menu]
    top.styles.apply.click(on_apply, inputs=fields, outputs=fields, preprocess=False, **QUICK).then(
        None, js=counted, **QUICK
    )
    top.styles.menu.input(None, js=counted, **QUICK)


def connect_style_editor(app: App, tabs: Sequence[Tab]) -> None:
    """Answer the editor: it makes a call in JSON and presses a hidden button; menus get the styles there are then."""
    call, answer = hidden_text("styles_call"), hidden_text("styles_answer")

    def on_call(text: str, *chosen: Any) -> list[Any]:
        try:
            said = answer_call(app, text)
        except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
            said = {"error": explain(error)}
        names = style_names(app)
        menus = [
            gr.update(choices=names, value=[name for name in value or [] if _exists(app, name)]) for value in chosen
        ]
        return [json.dumps(said), *menus]

    menus = [field.component for tab in tabs for field in tab.fields if field.name == "styles"]
    hidden_button("styles_send").click(
        on_call,
        inputs=[call, *menus],
        outputs=[answer, *menus],
        js="async (...values) => (await easelReady).styleCall(values)",
        preprocess=False,
        trigger_mode="multiple",
        **QUICK,
    ).then(None, inputs=[answer], js="async (text) => (await easelReady).stylesAnswered(text)", **QUICK)


def _exists(app: App, name: Any) -> bool:
    return bool(app.styles.named([str(name)]))


def answer_call(app: App, text: Any) -> dict[str, Any]:
    """Do what the editor asks for: "list", "read", "save" or "delete". Returns what it shows then.

    Raises:
        InputError: the call cannot be read, or the style cannot be kept.
        UnknownNameError: there is no such style.
        StorageError: its file cannot be written.
    """
    call = _read_call(text)
    name, action = str(call.get("name", "")).strip(), call.get("action")
    said = ""
    if action == "save":
        style = Style(name, str(call.get("prompt", "")), str(call.get("negative_prompt", "")))
        save_style(app.styles, style, _chosen_file(app, call.get("file"), name))
        said = "Saved."
    elif action == "delete":
        delete_style(app.styles, name)
        said = "Deleted."
    return {**_described(app, name), "action": action, "said": said}


def _described(app: App, name: str) -> dict[str, Any]:
    files = app.styles.files()
    count = len(app.styles.all())
    found = app.styles.named([name])
    style = found[0] if found else None
    return {
        "names": style_names(app),
        "more": max(0, count - MOST_ENTRIES),
        "files": [file.name for file in files]
        if len({file.name for file in files}) == len(files)
        else list(map(str, files)),
        "file": _index(files, app.styles.files_with(name)),
        "style": None
        if style is None
        else {"name": style.name, "prompt": style.prompt, "negative_prompt": style.negative_prompt},
    }


def _index(files: Sequence[Path], places: Sequence[Path]) -> int:
    return files.index(places[-1]) if places and places[-1] in files else 0


def _chosen_file(app: App, index: Any, name: str) -> Path:
    files = app.styles.files()
    if not files:
        raise InputError("There is no file for styles: none fits what --styles-file says.")
    chosen = index if isinstance(index, int) and 0 <= index < len(files) else _index(files, app.styles.files_with(name))
    return files[chosen]


def _read_call(text: Any) -> Mapping[str, Any]:
    try:
        call = json.loads(text) if isinstance(text, str) and len(text) <= LONGEST_CALL else None
    except ValueError:
        call = None
    if not isinstance(call, dict):
        raise InputError("The style did not arrive: it may be too long.")
    return call
