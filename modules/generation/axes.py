"""Axes of the X/Y/Z plot: what one sets for a cell, what its legend says, and what is checked before (contract 7.1).

The table of axes is in `scripts/xyz_grid.py`, where extensions add theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from modules.core.errors import InputError, UnknownNameError
from modules.core.options import OPTIONS
from modules.core.registry import shorten
from modules.engine.latents.upscale import LATENT_MODES
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.enhance.upscalers import UPSCALERS
from modules.generation.samplers import choose_sampler

Job = Any
"""A StableDiffusionProcessing; axes set fields that only one kind of job has."""


# --- what an axis does to a cell ----------------------------------------------------------------------------------


def apply_field(field: str) -> Callable[[Job, Any, Sequence[Any]], None]:
    """Set a field of the job."""

    def apply(p: Job, x: Any, _xs: Sequence[Any]) -> None:
        setattr(p, field, x)

    return apply


def apply_override(field: str, boolean: bool = False) -> Callable[[Job, Any, Sequence[Any]], None]:
    """Set a setting for the job."""

    def apply(p: Job, x: Any, _xs: Sequence[Any]) -> None:
        p.override_settings[field] = str(x).lower() == "true" if boolean else x

    return apply


def do_nothing(_p: Job, _x: Any, _xs: Sequence[Any]) -> None:
    """Change nothing."""


def apply_prompt(p: Job, x: str, xs: Sequence[str]) -> None:
    """Replace the first value by this one, in the prompt and the negative prompt."""
    p.prompt, p.negative_prompt = p.prompt.replace(xs[0], x), p.negative_prompt.replace(xs[0], x)


def apply_order(p: Job, x: Sequence[str], _xs: Sequence[Any]) -> None:
    """Put the words into this order, at the places where they stand in the prompt."""
    places = sorted((p.prompt.find(word), word) for word in x)
    pieces, at = [], 0
    for (place, there), word in zip(places, x, strict=True):
        pieces += [p.prompt[at:place], word]
        at = place + len(there)
    p.prompt = "".join([*pieces, p.prompt[at:]])


def apply_schedule(p: Job, x: str, _xs: Sequence[str]) -> None:
    """Set the noise schedule; "Automatic" leaves it to the sampler, as the job did if it named none."""
    if x.casefold() != AUTOMATIC.casefold():
        p.scheduler = x
    elif p.scheduler:
        p.scheduler = AUTOMATIC


def apply_styles(p: Job, x: str, _xs: Sequence[str]) -> None:
    """Add styles to those of the job."""
    p.styles.extend(style_names(x))


def style_names(text: str) -> list[str]:
    """Return the names of several styles; "None" is none of them."""
    names = [name.strip() for name in text.split(",")]
    return [name for name in names if name and name.casefold() != "none"]


def apply_face_restore(p: Job, x: str, _xs: Sequence[str]) -> None:
    """Restore faces or not, or by a certain model."""
    p.restore_faces = x.lower() != "false"
    model = {"codeformer": "CodeFormer", "gfpgan": "GFPGAN"}.get(x.lower())
    if model:
        p.override_settings["face_restoration_model"] = model


def apply_size(p: Job, x: str, _xs: Sequence[str]) -> None:
    """Set width and height, written as 512x768."""
    p.width, p.height = read_size(x)


def read_size(text: str) -> tuple[int, int]:
    """Read a size.

    Raises:
        InputError: it is none.
    """
    width, cross, height = text.lower().partition("x")
    if not (cross and width.strip().isdecimal() and height.strip().isdecimal()):
        raise InputError(f"{shorten(text)!r} is no size: write width x height, such as 512x768.")
    return int(width), int(height)


# --- what the legends say -----------------------------------------------------------------------------------------


def format_value_add_label(_p: Job, opt: AxisOption, x: Any) -> str:
    """Return what is set, and to what."""
    return f"{opt.label}: {format_value(_p, opt, x)}"


def format_value(_p: Job, _opt: AxisOption, x: Any) -> str:
    """Return the value."""
    return str(round(x, 8) if isinstance(x, float) else x)


def format_value_join_list(_p: Job, _opt: AxisOption, x: Sequence[str]) -> str:
    """Return several values."""
    return ", ".join(x)


def format_nothing(_p: Job, _opt: AxisOption, _x: Any) -> str:
    """Return no text."""
    return ""


def format_remove_path(_p: Job, _opt: AxisOption, x: str) -> str:
    """Return a file's name without its folder."""
    return Path(x).name


# --- what is looked at before the first picture is made -----------------------------------------------------------


def confirm_words_found(p: Job, xs: Sequence[str]) -> None:
    """Prompt S/R needs its first value in one of the prompts."""
    if not xs[0] or (xs[0] not in p.prompt and xs[0] not in p.negative_prompt):
        raise InputError(
            f"Prompt S/R looks for its first value, {shorten(xs[0])!r}, and it is neither in the prompt nor in the "
            "negative prompt."
        )


def confirm_order(p: Job, xs: Sequence[Sequence[str]]) -> None:
    """Prompt order needs all its words in the prompt, apart from each other."""
    end = 0
    for place, word in sorted((p.prompt.find(word), word) for word in xs[0]):
        if place < 0 or not word:
            raise InputError(f"Prompt order looks for {shorten(word)!r}, which is not in the prompt.")
        if place < end:
            raise InputError(f"Prompt order has {shorten(word)!r} twice, or inside another of its words.")
        end = place + len(word)


def confirm_samplers(_p: Job, xs: Sequence[str]) -> None:
    """Samplers must be known."""
    for x in xs:
        choose_sampler(x, None)


def confirm_schedules(_p: Job, xs: Sequence[str]) -> None:
    """Noise schedules must be known."""
    for x in xs:
        if x.casefold() != AUTOMATIC.casefold():
            SCHEDULES.get(x)


def confirm_checkpoints(p: Job, xs: Sequence[str]) -> None:
    """Checkpoints must be there."""
    for x in xs:
        p.program.catalog.get(x)


def confirm_checkpoints_or_none(p: Job, xs: Sequence[str]) -> None:
    """Checkpoints must be there, but for "None"."""
    confirm_checkpoints(p, [x for x in xs if x not in {"", "None", "none"}])


def confirm_upscalers(_p: Job, xs: Sequence[str]) -> None:
    """Upscalers of Hires. fix must be known."""
    for x in xs:
        if x not in LATENT_MODES:
            UPSCALERS.get(x)


def confirm_styles(p: Job, xs: Sequence[str]) -> None:
    """Styles must be there."""
    names = [name for x in xs for name in style_names(x)]
    found = {style.name for style in p.program.styles_named(names)}
    missing = next((name for name in names if name not in found), None)
    if missing is not None:
        raise UnknownNameError(f"Style not found: {shorten(missing)!r}.")


def confirm_sizes(_p: Job, xs: Sequence[str]) -> None:
    """Sizes must be sizes."""
    for x in xs:
        read_size(x)


def confirm_among(choices: Sequence[str]) -> Callable[[Job, Sequence[str]], None]:
    """Make a check that values are among a few."""

    def confirm(_p: Job, xs: Sequence[str]) -> None:
        for x in xs:
            if x.lower() not in {choice.lower() for choice in choices}:
                raise InputError(f"{shorten(x)!r} is none of {', '.join(choices)}.")

    return confirm


FACES = ("CodeFormer", "GFPGAN", "true", "false")


def confirm_faces(p: Job, xs: Sequence[str]) -> None:
    """Face restoration must be known, and there."""
    if "restore_faces" not in {field.name for field in fields(p.request_kind)}:
        raise InputError("This axis changes nothing in this version: faces are only restored in the Extras tab.")
    confirm_among(FACES)(p, xs)


def confirm_setting(name: str) -> Callable[[Job, Sequence[Any]], None]:
    """Make a check that a setting has an effect and takes the values."""

    def confirm(_p: Job, xs: Sequence[Any]) -> None:
        declared = OPTIONS.get(name)
        if reason := getattr(declared, "without_effect", ""):
            raise InputError(f"This axis changes nothing in this version. {reason}")
        for x in xs:
            declared.check(x)

    return confirm


# --- the axes -----------------------------------------------------------------------------------------------------


def boolean_choice(reverse: bool = False) -> Callable[[], list[str]]:
    """Return what gives the two choices of a check box."""
    return lambda: ["False", "True"] if reverse else ["True", "False"]


def str_permutations(x: str) -> str:
    """Mark an axis whose values are all orders of what is written."""
    return x


@dataclass(eq=False)
class AxisOption:
    """Something to vary.

    Attributes:
        label: its name in the menus.
        type: int, float, str or `str_permutations`; any other function is called with each text.
        apply: f(p, x, xs) sets it for a cell.
        format_value: f(p, option, x) -> what the legend says.
        confirm: f(p, xs), called before the first picture; raises what is wrong.
        cost: how slow it is to change, 0..1; the slowest axis changes least often.
        choices: gives the values to choose from.
        prepare: f(text) -> values, in place of the usual reading.
    """

    label: str
    type: Callable[[Any], Any]
    apply: Callable[[Any, Any, Any], None]
    format_value: Callable[[Any, Any, Any], str] = format_value_add_label
    confirm: Callable[[Any, Any], None] | None = None
    cost: float = 0.0
    choices: Callable[[], Sequence[str]] | None = None
    prepare: Callable[[Any], Sequence[Any]] | None = None

    is_img2img: ClassVar[bool | None] = None


class AxisOptionImg2Img(AxisOption):
    """One of the img2img tab only."""

    is_img2img = True


class AxisOptionTxt2Img(AxisOption):
    """One of the txt2img tab only."""

    is_img2img = False
