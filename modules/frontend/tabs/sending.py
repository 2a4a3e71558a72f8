"""Sending a picture, and how it was made, to another tab. The browser's part is assets/javascript/sending.js."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.frontend.components.output_panel import SendButtons
from modules.frontend.components.tool_button import hidden_text
from modules.frontend.fields import Tab
from modules.frontend.options import SEND_SEED, SEND_SIZE
from modules.frontend.paste import paste_update
from modules.frontend.tabs.events import QUICK
from modules.generation.from_infotext import LONGEST_INFOTEXT, read_recipe

SENT_FIELDS = ("prompt", "negative_prompt", "steps")
"""What comes along with a picture of txt2img; a setting each adds seed and size."""


def connect_sending(app: App, source: Tab, target: Tab) -> None:
    """Let the buttons under the pictures of `source` put the one shown into a sub-tab of img2img.

    Args:
        app: the program.
        source: where the picture is. From img2img itself only the picture goes.
        target: img2img.
    """
    if source.send is None:
        return
    sent = hidden_text(f"{source.name}_sent_to_{target.name}")
    outputs = [field.component for field in target.fields]

    def on_sent(text: str) -> list[Any]:
        values = sent_values(app, text, with_parameters=source.name != target.name)
        updates = [paste_update(field, values.get(field.name)) for field in target.fields]
        return [gr.skip() if update is None else update for update in updates]

    to_extras = f"async () => (await easelReady).sendToExtras('{source.name}')"
    source.send.extras.click(None, js=to_extras, **QUICK)
    for mode, button in source.send.by_mode.items():
        script = f"async () => (await easelReady).sendPicture('{source.name}', '{mode}')"
        button.click(on_sent, inputs=[sent], outputs=outputs, js=script, **QUICK).then(
            None, js=f"async () => (await easelReady).pasted('{target.name}')", **QUICK
        )


def sent_values(app: App, text: Any, *, with_parameters: bool) -> dict[str, Any]:
    """Return the values of the fields that a sent picture changes.

    Args:
        app: its settings say whether seed and size come along.
        text: JSON from the browser with the picture's infotext, width and height; "" when nothing was sent.
        with_parameters: the parameters come along.
    """
    try:
        sent = json.loads(text) if isinstance(text, str) and text and len(text) <= 2 * LONGEST_INFOTEXT else {}
        infotext = sent.get("infotext", "").strip()
        recipe = read_recipe(infotext)
    except (ValueError, AttributeError, InputError):
        return {}
    names = {*SENT_FIELDS, *(["seed"] if app.options[SEND_SEED] else [])} if with_parameters and infotext else set()
    values = {name: value for name, value in recipe.fields.items() if name in names}
    if app.options[SEND_SIZE] and sent.get("mode") != "inpaint":
        values |= {name: sent[name] for name in ("width", "height") if isinstance(sent.get(name), int)}
    return values
