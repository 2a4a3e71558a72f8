"""A `Field` joins a control of the page with a field of the request, and so with what an infotext says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr
from gradio.components.base import Component

from modules.core.errors import InputError
from modules.core.registry import shorten
from modules.frontend.components.checkpoint_menu import CheckpointMenu
from modules.frontend.components.output_panel import SendButtons
from modules.generation.from_infotext import Recipe

Request = TypeVar("Request")


@dataclass(frozen=True)
class Field:
    """One control and what it means.

    Attributes:
        name: the request's field that it fills; "" for a control that only says whether others count.
        setting: key of a setting that the control holds for its jobs alone.
        pasted: from a picture's parameters to its value, or None for none; without it, what they say of the field.
        empty: what an empty number stands for; None: it may not be empty.
        whole: a text box that holds a whole number.
        only_if: a checkbox; while it is not ticked, the request keeps its own default.
        read: from the browser's value to the request's.
        choices: the entries of a menu as they are now, where they change.
    """

    name: str
    component: Component
    pasted: Callable[[Recipe], Any] | None = None
    empty: int | None = None
    whole: bool = False
    only_if: Component | None = None
    read: Callable[[Any], Any] | None = None
    choices: Callable[[], Sequence[str]] | None = None
    setting: str = ""

    @property
    def label(self) -> str:
        """The control's label, as people see it."""
        return str(getattr(self.component, "label", None) or self.name)

    @property
    def is_number(self) -> bool:
        return isinstance(self.component, gr.Slider | gr.Number)

    @property
    def is_whole(self) -> bool:
        """The control takes whole numbers only."""
        component = self.component
        if isinstance(component, gr.Number):
            return component.precision == 0
        return isinstance(component, gr.Slider) and float(component.step or 1).is_integer()


@dataclass(frozen=True)
class Tab:
    """One tab of the page, not yet placed: what it holds, its title, and the name its elem_ids begin with.

    `image_cfg` is seen only while an InstructPix2Pix checkpoint is chosen.
    """

    blocks: gr.Blocks
    title: str
    name: str
    fields: Sequence[Field] = ()
    checkpoint_menus: Sequence[CheckpointMenu] = ()
    send: SendButtons | None = None
    image_cfg: gr.Column | None = None


def read_request(kind: type[Request], fields: Sequence[Field], values: Sequence[Any], **more: Any) -> Request:
    """Make a request from the controls' values, in the order of the fields.

    Args:
        kind: the request's class; it checks itself.
        fields: the table of the tab.
        values: as the browser sent them.
        more: further fields of the request.

    Raises:
        InputError: a number is missing or out of range.
    """
    pairs = list(zip(fields, values, strict=True))
    conditions = {field.only_if for field in fields}
    unticked = {field.component for field, value in pairs if field.component in conditions and not value}
    counting = [(field, value) for field, value in pairs if field.name and field.only_if not in unticked]
    read = {field.name: read_value(field, value) for field, value in counting} | more
    settings = {field.setting: read_value(field, value) for field, value in pairs if field.setting}
    held = {key: value for key, value in settings.items() if value is not None}
    if held:
        read["override_settings"] = held | dict(read.get("override_settings", {}))
    return kind(**read)


def read_value(field: Field, value: Any) -> Any:
    """Return one control's value as the request wants it.

    Raises:
        InputError: no number in a number field, or a part of a whole one.
    """
    if field.read is not None:
        return field.read(value)
    if field.empty is not None and (value is None or value == ""):
        return field.empty
    if field.whole and isinstance(value, str):
        return read_whole(field, value)
    if not field.is_number:
        return value if value is not None else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{field.label} needs a number.")
    if not field.is_whole:
        return float(value)
    if not float(value).is_integer():
        raise InputError(f"{field.label} must be a whole number, not {value}.")
    return int(value)


def read_whole(field: Field, text: str) -> int:
    """Return the whole number in a text box.

    Raises:
        InputError: there is none.
    """
    try:
        return int(text)
    except ValueError as error:
        raise InputError(f"{field.label} must be a whole number, not {shorten(text)!r}.") from error
