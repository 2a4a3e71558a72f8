"""Infotext into the controls of a tab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from modules.core.errors import InputError
from modules.engine.sampling.registry import split_sampler_name
from modules.engine.sampling.sigmas import SCHEDULES
from modules.frontend.fields import Field
from modules.imaging.infotext import parse_fields, parse_infotext

LONGEST_INFOTEXT = 200_000
PROMPTS = ("Prompt", "Negative prompt")


def read_pasted(text: str, last_parameters: Path | None) -> dict[str, Any]:
    """Return the parameters in a text, by infotext name; those of the last picture when the text is empty.

    A text without parameters is a prompt: it leaves everything else, the negative prompt too, as it is.

    Raises:
        InputError: there is nothing to read.
    """
    if not text.strip():
        text = read_last_parameters(last_parameters)
    if len(text) > LONGEST_INFOTEXT:
        raise InputError(f"This text has {len(text):,} characters, too many to be the parameters of a picture.")
    written = parse_fields(text)
    if not any(name for name in written if name not in PROMPTS):
        return {name: written[name] for name in PROMPTS if written.get(name)}
    return split_sampler(parse_infotext(text))


def read_last_parameters(path: Path | None) -> str:
    """Return the infotext of the last picture.

    Raises:
        InputError: there is none.
    """
    try:
        text = path.read_text(encoding="utf-8") if path is not None else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text.strip():
        raise InputError("There is nothing to read: put the parameters of a picture into the prompt first.")
    return text


def split_sampler(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with an old combined sampler name parted into sampler and schedule type."""
    sampler, schedule = split_sampler_name(str(parameters.get("Sampler", "")))
    if schedule is None:
        return dict(parameters)
    return {**parameters, "Sampler": sampler, "Schedule type": SCHEDULES.get(schedule).label}


def paste_updates(fields: Sequence[Field], parameters: Mapping[str, Any], skip: Collection[str] = ()) -> list[Any]:
    """Return one update for each field: what the parameters say of it, or nothing.

    Args:
        fields: the table of the tab.
        parameters: by infotext name.
        skip: infotext names that are to be left alone.
    """
    wanted = {name: value for name, value in parameters.items() if name not in skip}
    return [paste_update(field, pasted_value(field, wanted)) for field in fields]


def pasted_value(field: Field, parameters: Mapping[str, Any]) -> Any:
    """Return what the parameters say of a field, or None."""
    if callable(field.infotext):
        return field.infotext(parameters)
    return None if field.infotext is None else parameters.get(field.infotext)


def paste_update(field: Field, value: Any) -> Any:
    """Return the update of one control; None, or a value it cannot take, leaves it as it is."""
    component = field.component
    if value is None:
        return gr.skip()
    if isinstance(component, gr.Checkbox):
        return gr.update(value=bool(value))
    if field.is_number:
        number = to_number(value)
        if number is None:
            return gr.skip()
        return gr.update(value=int(number) if field.is_whole else number)
    if isinstance(component, gr.Dropdown):
        choices = {str(choice[1]).casefold(): choice[1] for choice in component.choices}
        choice = choices.get(str(value).casefold())
        return gr.skip() if choice is None else gr.update(value=choice)
    return gr.update(value=str(value))


def to_number(value: Any) -> float | None:
    """Return a finite number, whole ones exactly, or None."""
    text = str(value).strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
