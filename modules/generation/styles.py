"""Styles: pieces of prompts kept under a name (contract 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from modules.generation.request import GenerationRequest

PLACE_OF_PROMPT = "{prompt}"


@dataclass(frozen=True)
class Style:
    """What a style adds to the prompt and the negative prompt."""

    name: str
    prompt: str = ""
    negative_prompt: str = ""


def add_style(text: str, style: str) -> str:
    """Put a prompt where the style says `{prompt}`, or the style behind the prompt."""
    if PLACE_OF_PROMPT in style:
        return style.replace(PLACE_OF_PROMPT, text)
    return ", ".join(filter(None, (text.strip(), style.strip())))


def add_styles(text: str, styles: Iterable[str]) -> str:
    """Apply the texts of several styles, one after the other."""
    for style in styles:
        text = add_style(text, style)
    return text


def apply_styles(request: GenerationRequest, styles: Iterable[Style]) -> GenerationRequest:
    """Return the request with the styles in all its prompts; `request.styles` still names them.

    Empty prompts of Hires. fix stay empty: they stand for the prompts of the first pass.

    Raises:
        InputError: a prompt has become too long.
    """
    styles = list(styles)
    if not styles:
        return request
    return request.with_prompts(
        lambda text: add_styles(text, (style.prompt for style in styles)),
        lambda text: add_styles(text, (style.negative_prompt for style in styles)),
    )
