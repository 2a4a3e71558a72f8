"""Infotext into the controls of a tab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.core.errors import InputError
from modules.core.options import Settings
from modules.core.registry import shorten
from modules.engine.latents.upscale import DEFAULT_LATENT_MODE
from modules.engine.sampling.registry import SAMPLERS, split_sampler_name
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.frontend.fields import Field
from modules.frontend.options import SKIP_PASTING
from modules.frontend.overrides import MODEL_HASH, linked_options
from modules.generation.from_infotext import FIELD_OF, Recipe, read_recipe
from modules.generation.hires import with_first_pass_size
from modules.generation.local_networks import with_local_networks
from modules.generation.options import OLD_HIRES_SIZE
from modules.generation.request import SAME_CHECKPOINT, SAME_SAMPLER, SAME_SCHEDULER, Txt2ImgRequest
from modules.generation.samplers import choose_sampler
from modules.networks.options import PREFERRED_NAME

PROMPTS = {"Prompt", "Negative prompt"}

# What the parameters of a picture mean by not naming one.
UNWRITTEN: Mapping[str, Any] = {"restore_faces": False, "tiling": False, "enable_hr": False}
UNWRITTEN_HIRES: Mapping[str, Any] = {
    "hr_upscaler": DEFAULT_LATENT_MODE,
    "hr_second_pass_steps": 0,
    "hr_resize_x": 0,
    "hr_resize_y": 0,
    "hr_checkpoint_name": SAME_CHECKPOINT,
    "hr_sampler_name": SAME_SAMPLER,
    "hr_scheduler": SAME_SCHEDULER,
    "hr_prompt": "",
    "hr_negative_prompt": "",
    "hr_cfg": 0,
}


def pasted_recipe(app: App, text: str, last_parameters: Path | None) -> Recipe:
    """Return what a text says of the controls, as the settings want it, with networks named as they are here.

    Raises:
        InputError: there is nothing to read, or too much.
    """
    recipe = read_pasted(text, last_parameters, app.options[SKIP_PASTING])
    return with_local_networks(recipe, app.loras, app.options[PREFERRED_NAME])


def read_pasted(text: str, last_parameters: Path | None, skip: Collection[str] = ()) -> Recipe:
    """Return what a text says of the controls; the last picture's when the text is empty.

    A text without parameters is a prompt: it leaves everything else, the negative prompt too, as it is.

    Args:
        text: an infotext or a prompt.
        last_parameters: the file with the infotext of the last picture.
        skip: infotext names that are to be left alone.

    Raises:
        InputError: there is nothing to read, or too much.
    """
    recipe = read_recipe(text if text.strip() else read_last_parameters(last_parameters))
    if is_plain_prompt(recipe):
        fields = {name: value for name, value in recipe.fields.items() if value}
        return _without(replace(recipe, fields=fields), skip)
    return _without(_complete(_by_first_pass_size(recipe)), skip)


def is_plain_prompt(recipe: Recipe) -> bool:
    """Say whether there are no parameters."""
    return recipe.written.keys() <= PROMPTS


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


def _by_first_pass_size(recipe: Recipe) -> Recipe:
    """Say in today's words what the first versions of Hires. fix meant by a first pass of 0x0."""
    fields = recipe.fields
    width, height = fields.get("width"), fields.get("height")
    if not recipe.settings.get(OLD_HIRES_SIZE.name) or not width or not height:
        return recipe
    old = Txt2ImgRequest(width=width, height=height, enable_hr=True)
    new = with_first_pass_size(old, Settings(recipe.settings))
    sizes = {name: getattr(new, name) for name in ("width", "height", "hr_resize_x", "hr_resize_y")}
    return replace(recipe, fields={**fields, **sizes})


def _complete(recipe: Recipe) -> Recipe:
    """Fill in what goes without saying, so that the picture comes out the same whatever is set at present.

    Of the settings, A1111 fills in a few only (Clip skip, RNG, ...). But each that an infotext can name has A1111's
    default here and is written where it departs from that, so the default is what silence means.
    """
    unwritten = {**UNWRITTEN, **(UNWRITTEN_HIRES if recipe.has_hires else {})}
    settings = {name: option.default for name, option in linked_options().items() if name != MODEL_HASH}
    fields = {**unwritten, **_with_schedules(recipe.fields)}
    return replace(recipe, written={**settings, **recipe.written}, fields=fields)


def _with_schedules(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Part old combined sampler names, and find out what a sampler without a schedule meant before there were any."""
    found = dict(fields)
    if "sampler_name" in fields:
        found["sampler_name"], schedule = sampler_and_schedule(str(fields["sampler_name"]))
        found.setdefault("scheduler", schedule)
    if fields.get("hr_sampler_name", SAME_SAMPLER) != SAME_SAMPLER:
        found["hr_sampler_name"], schedule = sampler_and_schedule(str(fields["hr_sampler_name"]))
        if "scheduler" not in fields:
            found.setdefault("hr_scheduler", schedule)
    return found


def sampler_and_schedule(name: str) -> tuple[str, str]:
    """Return a sampler and the label of the schedule that its name alone meant in A1111 1.8."""
    sampler_name, schedule = split_sampler_name(name)
    sampler = SAMPLERS.find(sampler_name)
    if schedule is not None or sampler is None:
        return sampler_name, SCHEDULES.get(schedule).label if schedule else AUTOMATIC
    meant = choose_sampler(sampler.name, None).schedule
    return sampler.name, AUTOMATIC if meant.name == sampler.automatic_schedule else meant.label


def _without(recipe: Recipe, skip: Collection[str]) -> Recipe:
    if not skip:
        return recipe
    unwanted = {FIELD_OF.get(name) for name in skip}
    return replace(
        recipe,
        written={name: value for name, value in recipe.written.items() if name not in skip},
        fields={name: value for name, value in recipe.fields.items() if name not in unwanted},
    )


def paste_updates(fields: Sequence[Field], recipe: Recipe) -> tuple[list[Any], list[str]]:
    """Return one update for each field, or none for it, and lines on what could not be done."""
    notes: list[str] = []
    updates: list[Any] = []
    for field in fields:
        value = pasted_value(field, recipe)
        update = paste_update(field, value)
        updates.append(gr.skip() if update is None else update)
        if update is None and value not in (None, ""):
            notes.append(f"{field.label}: {shorten(str(value))} cannot be chosen here.")
    return updates, notes


def pasted_value(field: Field, recipe: Recipe) -> Any:
    """Return what an infotext says of a field, or None."""
    if field.pasted is not None:
        return None if is_plain_prompt(recipe) else field.pasted(recipe)
    return recipe.fields.get(field.name)


def paste_update(field: Field, value: Any) -> Any:
    """Return the update of one control, or None for a value that it cannot take."""
    component = field.component
    if value is None:
        return None
    if isinstance(value, dict) and value.get("__type__") == "update":
        return value  # a script's own, with choices and all
    if isinstance(component, gr.Checkbox):
        return gr.update(value=bool(value))
    if field.is_number:
        number = to_number(value)
        if number is None:
            return None
        return gr.update(value=int(number) if field.is_whole else number)
    if isinstance(component, gr.Dropdown):
        return _dropdown_update(field, component, value)
    if isinstance(component, gr.Radio):
        return gr.update(value=value) if value in [choice[1] for choice in component.choices] else None
    return gr.update(value=str(value))


def _dropdown_update(field: Field, component: gr.Dropdown, value: Any) -> Any:
    if component.multiselect:
        return gr.update(value=value, choices=field.choices() if field.choices else value)
    choices = field.choices() if field.choices else [choice[1] for choice in component.choices]
    choice = {str(choice).casefold(): choice for choice in choices}.get(str(value).casefold())
    if choice is None:
        return None
    return gr.update(value=choice, choices=choices) if field.choices else gr.update(value=choice)


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
