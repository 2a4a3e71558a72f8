"""From an infotext back to the request and the settings that it describes (contract 5.13).

`read_recipe` is the one place that knows which parameter is which field or setting. What an infotext does not say is
left out here: whoever asks decides whether that means "as it is now" or "as A1111 has it by default".
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from modules.core.errors import InputError
from modules.core.options import OPTIONS, Option
from modules.generation.options import OLD_HIRES_SIZE
from modules.generation.request import Txt2ImgRequest
from modules.imaging.infotext import DEFAULTS, parse_fields, parse_infotext, parse_version

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
    "Tiling": "tiling",
    "NGMS": "s_min_uncond",
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
    "Hires CFG Scale": "hr_cfg",
}
"""Name in infotext to field of the request."""

OTHER_SPELLINGS = {
    "SGM noise multplier": "SGM noise multiplier",
    "Hires CFG scale": "Hires CFG Scale",
    "Beta scheduler alpha": "Beta schedule alpha",
    "Beta scheduler beta": "Beta schedule beta",
}
"""As some version of A1111 or a descendant wrote it: as the option here declares it."""

HIRES_SIGNS = ("Hires upscale", "Hires upscaler", "Hires resize-1", "First pass size-1")
BY_STEPS = "Refiner switch by sampling steps"
FIRST_PASS = ("First pass size-1", "First pass size-2")

TRUE_WORDS = {"true", "1", "yes"}


@dataclass(frozen=True)
class Recipe:
    """What an infotext says, in the program's words.

    Attributes:
        written: each parameter, sizes in two, with what its Version implies; no defaults.
        fields: those of `Txt2ImgRequest`, with values of their types where they can be read as such.
        settings: by key; a checkpoint is not among them.
    """

    written: Mapping[str, Any]
    fields: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def has_hires(self) -> bool:
        """Whether it was made with Hires. fix."""
        return "Denoising strength" in self.written and any(sign in self.written for sign in HIRES_SIGNS)


def read_recipe(text: str) -> Recipe:
    """Read an infotext.

    Raises:
        InputError: it is too long to be one.
    """
    if len(text) > LONGEST_INFOTEXT:
        raise InputError(f"The infotext has {len(text):,} characters; the longest allowed is {LONGEST_INFOTEXT:,}.")
    written = _written(text)
    recipe = Recipe(written, _fields(written), _settings(written))
    return _with_hires(recipe) if recipe.has_hires else recipe


def _written(text: str) -> dict[str, Any]:
    """Parse, but leave out the defaults that the parser adds: an unwritten schedule type is not "Automatic" here."""
    literal = parse_fields(text)
    parsed = parse_infotext(text)
    kept = {
        name: value
        for name, value in parsed.items()
        if name in literal or name.removesuffix("-1").removesuffix("-2") in literal or name not in DEFAULTS
    }
    version = parse_version(str(literal.get("Version", "")))
    if "Refiner" in kept and version is not None and version < (1, 9):
        kept.setdefault(BY_STEPS, True)
    return {OTHER_SPELLINGS.get(name, name): value for name, value in kept.items()}


def _fields(written: Mapping[str, Any]) -> dict[str, Any]:
    hints = _field_types()
    fields = {
        FIELD_OF[name]: converted(value, hints[FIELD_OF[name]]) for name, value in written.items() if name in FIELD_OF
    }
    faces = {"restore_faces": True} if "Face restoration" in written else {}  # it names what restored them
    return {**fields, **faces}


def _settings(written: Mapping[str, Any]) -> dict[str, Any]:
    return {
        option.name: _setting(option, written[option.infotext])
        for option in OPTIONS
        if option.infotext is not None and option.infotext in written and option.infotext not in FIELD_OF
    }


def _with_hires(recipe: Recipe) -> Recipe:
    """Turn Hires. fix on; the first versions of A1111 wrote the final size and that of the first pass."""
    fields, settings = {**recipe.fields, "enable_hr": True}, dict(recipe.settings)
    if FIRST_PASS[0] in recipe.written:
        width, height = (converted(recipe.written[name], int) for name in FIRST_PASS)
        if width and height:
            final = {"hr_resize_x": fields.get("width", 0), "hr_resize_y": fields.get("height", 0)}
            fields |= {**final, "width": width, "height": height}
        else:
            settings[OLD_HIRES_SIZE.name] = True
    return Recipe(recipe.written, fields, settings)


@cache
def _field_types() -> dict[str, type]:
    """Return the type of each field of a request; of "this or None" it is this."""
    return {name: _without_none(hint) for name, hint in get_type_hints(Txt2ImgRequest).items()}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, types.UnionType}:
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


def converted(value: Any, kind: type) -> Any:
    """Return a written value as that type; one that cannot be read so comes back as it is, to be refused by a check."""
    text = str(value).strip()
    try:
        if kind is bool:
            return text.casefold() in TRUE_WORDS
        if kind is float:
            return float(text)
        if kind is int:
            return _whole(text)
    except (ValueError, OverflowError):
        return value
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def _setting(option: Option[Any], value: Any) -> Any:
    kind = type(option.default)
    return converted(value, kind) if kind in {bool, int, float} else value
