"""The PNG Info tab: what a picture says of how it was made, where to send it, and whether it can be made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.app.verify.repeat import verify
from modules.frontend.components.picture_texts import texts_html, verdict_html
from modules.frontend.components.tool_button import hidden_text
from modules.frontend.errors import error_html, lines_html
from modules.frontend.fields import Tab
from modules.frontend.options import SEND_SIZE
from modules.frontend.paste import paste_updates, pasted_recipe
from modules.frontend.pasted_styles import with_styles
from modules.frontend.shown_files import shown_file
from modules.frontend.tabs.events import INTERNAL, QUICK, WAITING_JOBS
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

TAB = "pnginfo"
SEND_TO = {"txt2img": "txt2img", "img2img": "img2img", "inpaint": "img2img", "extras": "extras"}
"""Button: the tab that it leads to."""
SIZE = ("width", "height")


@dataclass(frozen=True)
class PngInfoTab:
    """The tab and what is connected once the other tabs are there."""

    tab: Tab
    infotext: gr.Textbox
    sent: gr.Textbox
    log: gr.HTML
    buttons: dict[str, gr.Button]


def create_tab(app: App) -> PngInfoTab:
    """Build the tab."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        with gr.Row(elem_id=f"{TAB}_columns", elem_classes=["columns", "png-info"]):
            with gr.Column(elem_id=f"{TAB}_settings", elem_classes="settings", scale=3, min_width=320):
                image = gr.Image(
                    label="Source",
                    show_label=False,
                    elem_id="pnginfo_image",
                    type="filepath",
                    image_mode=None,
                    sources=["upload"],
                    buttons=[],
                    interactive=True,
                )
            with gr.Column(elem_id=f"{TAB}_results", elem_classes="results", scale=3, min_width=320):
                with gr.Row(elem_id=f"{TAB}_actions", elem_classes="send-buttons"):
                    buttons = {
                        name: gr.Button(f"Send to {name}", elem_id=f"{name}_tab", size="sm", min_width=0)
                        for name in SEND_TO
                    }
                    check = gr.Button("Verify", elem_id=f"{TAB}_verify", size="sm", min_width=0)
                log = gr.HTML("", elem_id=f"html_log_{TAB}", elem_classes=["html-log"])
                verdict = gr.HTML("", elem_id=f"{TAB}_verdict", elem_classes=["verdict"])
                shown = gr.HTML(texts_html(None), elem_id=f"html_info_{TAB}", elem_classes=["picture-texts"])
                infotext = hidden_text(f"{TAB}_generation_info")
                sent = hidden_text(f"{TAB}_sent")

        def on_picture(value: Any) -> list[Any]:
            return [*read_picture(value), ""]

        image.change(
            on_picture,
            inputs=[image],
            outputs=[shown, infotext, log, verdict],
            preprocess=False,
            trigger_mode="always_last",
            **QUICK,
        )
        check.click(lambda: lines_html(["Making the picture again …"], "running"), outputs=[verdict], **QUICK).then(
            partial(verify_picture, app),
            inputs=[image],
            outputs=[verdict],
            preprocess=False,
            concurrency_limit=WAITING_JOBS,
            concurrency_id="jobs",
            **INTERNAL,
        )
    return PngInfoTab(Tab(blocks, "PNG Info", TAB), infotext, sent, log, buttons)


def read_picture(value: Any) -> list[str]:
    """Return what the tab shows of a picture: its texts, its infotext, and what went wrong."""
    if not value:
        return [texts_html(None), "", ""]
    try:
        image = load_image(shown_file(value))
        text = read_infotext(image)
    except Exception as error:  # noqa: BLE001 - the page's boundary: what is no WebUIError is logged as the bug it is
        return [texts_html(None), "", error_html(error)]
    return [texts_html(text, image), text.infotext or "", ""]


def verify_picture(app: App, value: Any) -> str:
    """Make a picture again and say how far the two are apart."""
    if not value:
        return lines_html(["Put a picture into the field on the left first."], "comments")
    try:
        return verdict_html(verify(app, shown_file(value)))
    except Exception as error:  # noqa: BLE001 - the page's boundary
        return error_html(error)


def connect_send_buttons(app: App, png_info: PngInfoTab, tabs: Sequence[Tab]) -> None:
    """Let the buttons put the picture, and how it was made, into the other tabs. The rest is png_info.js's.

    Args:
        app: the program.
        png_info: this tab.
        tabs: all of the page.
    """
    by_name = {tab.name: tab for tab in tabs}
    for name, button in png_info.buttons.items():
        _connect_send_button(app, png_info, name, button, by_name.get(SEND_TO[name]))


def _connect_send_button(app: App, png_info: PngInfoTab, name: str, button: gr.Button, target: Tab | None) -> None:
    fields = [field for field in target.fields if field.name] if target else []
    script = f"async (infotext) => [infotext, await (await easelReady).sendPngInfo('{name}')]"

    def on_send(infotext: Any, sent: Any) -> list[Any]:
        try:
            size = read_size(sent) if app.options[SEND_SIZE] and name == "img2img" else {}
            updates, notes = sent_updates(app, fields, infotext, size)
        except Exception as error:  # noqa: BLE001 - the page's boundary
            return [*(gr.skip() for _ in fields), error_html(error)]
        return [*updates, lines_html(notes, "comments") if notes else gr.skip()]

    outputs = [*(field.component for field in fields), png_info.log]
    sending = button.click(on_send, inputs=[png_info.infotext, png_info.sent], outputs=outputs, js=script, **QUICK)
    if fields and target:
        sending.then(None, js=f"async () => (await easelReady).pasted('{target.name}')", **QUICK)


def sent_updates(app: App, fields: Sequence[Any], infotext: Any, size: dict[str, int]) -> tuple[list[Any], list[str]]:
    """Return an update for each field, and lines on what could not be done.

    Args:
        app: its settings say what is left alone.
        fields: of the tab that the picture goes to.
        infotext: of the picture; "" if it has none.
        size: what width and height become, if the picture's own.
    """
    text = infotext if isinstance(infotext, str) else ""
    if not text.strip():
        return [gr.update(value=size[field.name]) if field.name in size else gr.skip() for field in fields], []
    recipe = with_styles(app, fields, pasted_recipe(app, text, None))
    return paste_updates(fields, replace(recipe, fields={**recipe.fields, **size}))


def read_size(text: Any) -> dict[str, int]:
    """Return the picture's size as the browser saw it, by the names of the fields."""
    try:
        sent = json.loads(text)
        return {name: int(sent[name]) for name in SIZE if 0 < int(sent[name]) < 100_000}
    except (TypeError, ValueError, LookupError):
        return {}
