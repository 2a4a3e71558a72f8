"""Finding the styles that are in a prompt already, so that it can be shown without them (setting `infotext_styles`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.generation.styles import PLACE_OF_PROMPT, Style


@dataclass(frozen=True)
class Prompts:
    """A prompt with its negative prompt."""

    prompt: str
    negative_prompt: str


@dataclass(frozen=True)
class WithoutStyles:
    """What was found: prompts without styles, and the names of the styles in the order that they were applied in."""

    prompts: Prompts
    hires: Prompts | None
    names: tuple[str, ...]


def take_styles_out(prompts: Prompts, hires: Prompts | None, styles: Sequence[Style]) -> WithoutStyles:
    """Take out one style after the other, the longest that fits each time, until none fits any more.

    Args:
        prompts: of a picture.
        hires: those of Hires. fix, where they are others; styles are in both or count as in neither. Empty ones stand
            for the first pass's.
        styles: that there are.
    """
    left = sorted((style for style in styles if _length(style)), key=_length, reverse=True)
    names: list[str] = []
    while True:
        found = next(
            (
                (style, without, hires_without)
                for style in left
                if (without := _without(prompts, style)) is not None
                and (hires_without := _without_hires(hires, style)) is not None
            ),
            None,
        )
        if found is None:
            return WithoutStyles(prompts, hires, tuple(reversed(names)))
        style, prompts, (hires,) = found
        left.remove(style)
        names.append(style.name)


def _length(style: Style) -> int:
    """Return how many characters a style adds."""
    return sum(len(text.replace(PLACE_OF_PROMPT, "").strip()) for text in (style.prompt, style.negative_prompt))


def _without(prompts: Prompts, style: Style) -> Prompts | None:
    prompt = text_without(prompts.prompt, style.prompt)
    negative = text_without(prompts.negative_prompt, style.negative_prompt)
    return None if prompt is None or negative is None else Prompts(prompt, negative)


def _without_hires(hires: Prompts | None, style: Style) -> tuple[Prompts | None] | None:
    if hires is None:
        return (None,)
    prompt = text_without(hires.prompt, style.prompt) if hires.prompt else ""
    negative = text_without(hires.negative_prompt, style.negative_prompt) if hires.negative_prompt else ""
    return None if prompt is None or negative is None else (Prompts(prompt, negative),)


def text_without(text: str, style: str) -> str | None:
    """Undo `add_style`: return a prompt without the text of a style, or None if it is not in it."""
    before, place, after = style.partition(PLACE_OF_PROMPT)
    if place:
        fits = text.startswith(before) and text.endswith(after) and len(text) >= len(before) + len(after)
        return text[len(before) : len(text) - len(after)] if fits else None
    style = style.strip()
    if not style or text == style:
        return text if not style else ""
    return text.removesuffix(style).removesuffix(", ") if text.endswith(f", {style}") else None
