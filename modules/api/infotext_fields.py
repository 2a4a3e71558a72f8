"""A request's `infotext` fills the fields that its sender did not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from modules.app.app import App
from modules.core.errors import InputError
from modules.core.options import OPTIONS, Option
from modules.generation.options import CHECKPOINT
from modules.imaging.infotext import parse_fields, parse_infotext

Body = TypeVar("Body", bound=BaseModel)

LONGEST_INFOTEXT = 200_000

FIELD_OF = {
    "Prompt": "prompt",
    "Negative prompt": "negative_prompt",
    "Steps": "steps",
    "Sampler": "sampler_name",
    "Schedule type": "scheduler",
    "CFG scale": "cfg_scale",
    "Seed": "seed",
    "Size-1": "width",
    "Size-2": "height",
    "Variation seed": "subseed",
    "Variation seed strength": "subseed_strength",
    "Seed resize from-1": "seed_resize_from_w",
    "Seed resize from-2": "seed_resize_from_h",
    "Denoising strength": "denoising_strength",
    "Refiner": "refiner_checkpoint",
    "Refiner switch at": "refiner_switch_at",
    "Hires upscale": "hr_scale",
    "Hires upscaler": "hr_upscaler",
    "Hires steps": "hr_second_pass_steps",
    "Hires resize-1": "hr_resize_x",
    "Hires resize-2": "hr_resize_y",
    "Hires checkpoint": "hr_checkpoint_name",
    "Hires sampler": "hr_sampler_name",
    "Hires schedule type": "hr_scheduler",
    "Hires prompt": "hr_prompt",
    "Hires negative prompt": "hr_negative_prompt",
}
"""Name in infotext to field of the request; a name that is not written leaves the field alone."""

HIRES_SIGNS = ("Hires upscale", "Hires upscaler", "Hires resize-1")


def fill_from_infotext(body: Body, app: App) -> Body:
    """Return the body with what its `infotext` says in the fields that were not set.

    Raises:
        InputError: a value in the infotext that its field cannot take.
    """
    text: str | None = getattr(body, "infotext", None)
    if not text:
        return body
    if len(text) > LONGEST_INFOTEXT:
        raise InputError(f"The infotext has {len(text):,} characters; the longest allowed is {LONGEST_INFOTEXT:,}.")
    written = _written(text)
    given = body.model_dump(exclude_unset=True)
    from_text: dict[str, Any] = {FIELD_OF[name]: value for name, value in written.items() if name in FIELD_OF}
    if any(name in written for name in HIRES_SIGNS):
        from_text["enable_hr"] = True
    overrides = {**settings_in(written, app), **(given.pop("override_settings", None) or {})}
    try:
        return type(body).model_validate({**from_text, **given, "override_settings": overrides})
    except ValidationError as error:
        problem = error.errors()[0]
        raise InputError(f"The infotext cannot be used: {problem['loc'][0]}: {problem['msg']}.") from error


def _written(text: str) -> dict[str, Any]:
    """Parse, but leave out what the parser adds of itself: an unwritten schedule type is not "Automatic" here."""
    literal = parse_fields(text)
    parsed = parse_infotext(text)
    return {name: value for name, value in parsed.items() if name in literal or name[:-2] in literal}


def settings_in(written: Mapping[str, Any], app: App) -> dict[str, Any]:
    """Return the settings that an infotext names, the checkpoint among them if it is here."""
    settings = {
        option.name: _converted(option, written[option.infotext])
        for option in OPTIONS
        if option.infotext is not None and option.infotext in written and not option.restrict_api
    }
    checkpoint = app.catalog.find(str(written["Model hash"])) if written.get("Model hash") else None
    return {**settings, **({CHECKPOINT.name: checkpoint.title} if checkpoint else {})}


def _converted(option: Option[Any], value: Any) -> Any:
    """Turn a written value into the setting's type; one that does not fit is told about by the setting's own check."""
    text = str(value)
    try:
        if isinstance(option.default, bool):
            return text.strip().casefold() in {"true", "1", "yes"}
        if isinstance(option.default, int | float):
            return type(option.default)(text)
    except ValueError:
        return value
    return value
