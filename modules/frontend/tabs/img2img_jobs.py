"""From the values of the img2img tab to its jobs: one picture, or a batch of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components.base import Component
from PIL import Image

from modules.app.app import App
from modules.app.img2img_batch import process_batch
from modules.frontend.batch_input import BatchValues, is_batch, read_batch, resizes_by
from modules.frontend.canvas_pictures import init_picture, picture_mask, read_pictures, scaled_size
from modules.frontend.components.img2img_rows import InpaintControls
from modules.frontend.fields import Field, read_request, read_value
from modules.frontend.tabs.script_menu import ScriptMenu
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.result import Result

STAND_IN = Image.new("RGB", (8, 8))
"""For the pictures of a batch, which are opened one after the other."""


@dataclass(frozen=True)
class JobInputs:
    """What Generate sends.

    Attributes:
        sent: the table of the tab; its last row is for the browser's pictures.
        files: rows of the batch.
        scripts: with rows of their own.
        inpaint: the controls of inpainting.
        scale: that of "Resize by".
    """

    sent: Sequence[Field]
    files: Sequence[Field]
    scripts: ScriptMenu
    inpaint: InpaintControls
    scale: gr.Slider

    @property
    def rows(self) -> Sequence[Field]:
        """In the order in which values arrive; the browser puts its pictures into the last one."""
        return [*self.sent[:-1], *self.files, *self.scripts.fields, self.sent[-1]]

    def generate(self, app: App, values: list[Any], task_id: str, user: str | None = None) -> Result:
        """Make the pictures that the values ask for.

        Raises:
            WebUIError: something a person can act on.
        """
        shown, files = len(self.sent) - 1, len(self.files)
        own, of_batch = [*values[:shown], values[-1]], BatchValues(*values[shown : shown + files])
        call = self.scripts.call(values[shown + files : -1])
        if not is_batch(own[-1]):
            request = make_request(self.sent, own, self.inpaint, self.scale)
            return app.generate(request, task_id, scripts=call, user=user)
        by = float(read_value(*of_component(self.sent, own, self.scale))) if resizes_by(own[-1]) else None
        request = read_fields(self.sent, own, init_images=(STAND_IN,), save_images=True)
        return process_batch(app, read_batch(app, own[-1], of_batch, request, by), task_id, call, user)


def make_request(
    sent: Sequence[Field], values: Sequence[Any], inpaint: InpaintControls, scale: gr.Slider
) -> Img2ImgRequest:
    """Make the request from the controls' values.

    Args:
        sent: the table of the tab; its last row is for the browser's pictures.
        values: in the order of the table, as the browser sent them.
        inpaint: the controls of inpainting.
        scale: that of "Resize by".

    Raises:
        InputError: no picture, or a value that is out of range.
    """

    def number(component: gr.Slider) -> float:
        return float(read_value(*of_component(sent, values, component)))

    pictures = read_pictures(values[-1])
    more: dict[str, Any] = {
        "init_images": (init_picture(pictures, number(inpaint.blur)),),
        "mask": picture_mask(pictures, number(inpaint.transparency)),
        "save_images": True,
    }
    if pictures.resizes_by:
        more["width"], more["height"] = scaled_size(pictures.picture, number(scale))
    return read_fields(sent, values, **more)


def read_fields(sent: Sequence[Field], values: Sequence[Any], **more: Any) -> Img2ImgRequest:
    """Make the request from the controls' values, but for the fields that are given.

    Raises:
        InputError: a value that is out of range.
    """
    others = [(field, value) for field, value in zip(sent, values, strict=True) if field.name not in more]
    return read_request(
        Img2ImgRequest, [field for field, _value in others], [value for _field, value in others], **more
    )


def of_component(sent: Sequence[Field], values: Sequence[Any], component: Component) -> tuple[Field, Any]:
    """Return a control's row and its value."""
    return next(pair for pair in zip(sent, values, strict=True) if pair[0].component is component)
