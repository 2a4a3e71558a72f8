"""The colours of a Gradio theme as values of our design tokens (assets/css/tokens.css), light and dark.

So a theme changes colours, corners and fonts, while everything stays where it is and as readable as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from PIL import ImageColor

Colour = tuple[int, int, int]
Value = Callable[[str], str]
"""From a variable of a theme to its value, for one of light and dark."""

VARIABLES: Mapping[str, str] = {
    "page": "body_background_fill",
    "panel": "background_fill_primary",
    "field": "input_background_fill",
    "well": "background_fill_secondary",
    "button": "button_secondary_background_fill",
    "button-hover": "button_secondary_background_fill_hover",
    "line": "border_color_primary",
    "line-field": "input_border_color",
    "line-strong": "neutral_400",
    "text": "body_text_color",
    "text-quiet": "body_text_color_subdued",
    "link": "link_text_color",
    "accent": "color_accent",
    "accent-soft": "color_accent_soft",
    "primary": "button_primary_background_fill",
    "primary-hover": "button_primary_background_fill_hover",
    "primary-line": "button_primary_border_color",
    "on-primary": "button_primary_text_color",
}
"""Where a theme keeps what a token says."""
SURFACES = ("page", "panel", "field")
READ_ON: Mapping[str, tuple[str, ...]] = {
    "text": SURFACES,
    "text-quiet": SURFACES,
    "link": ("page", "panel"),
    "on-primary": ("primary", "primary-hover"),
}
"""Texts, and what they stand on."""
UNDER_TEXT = ("button", "button-hover", "accent-soft")
"""What moves towards the page where the text cannot be read on it: themes have texts of their own for buttons."""
LEAST_CONTRAST = 4.5
LEAST_CONTRAST_OF_GENERATE = 4.0
"""Its text is large."""
LEAST_CONTRAST_OF_LINES = 1.25
"""A field whose edge cannot be seen is no field."""
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|\b[a-z]+\b", re.IGNORECASE)


def theme_tokens(value: Value, *, dark: bool) -> dict[str, Colour]:
    """Return the tokens for light or dark; one that the theme does not say in a colour is left out."""
    base = BLACK if dark else WHITE
    read = {token: first_colour(value(variable), base) for token, variable in VARIABLES.items()}
    tokens = {token: colour for token, colour in read.items() if colour is not None}
    for line in ("line", "line-field"):
        if line in tokens and "text" in tokens:
            ground = tokens.get("field", tokens.get("page", base))
            tokens[line] = readable(tokens[line], [ground], tokens["text"], LEAST_CONTRAST_OF_LINES)
    for text, grounds in READ_ON.items():
        behind = [tokens[ground] for ground in grounds if ground in tokens]
        if text in tokens and behind:
            least = LEAST_CONTRAST_OF_GENERATE if text == "on-primary" else LEAST_CONTRAST
            tokens[text] = readable(tokens[text], behind, furthest(behind), least)
    if "text" in tokens and "page" in tokens:
        tokens |= {
            ground: readable(tokens[ground], [tokens["text"]], tokens["page"])
            for ground in UNDER_TEXT
            if ground in tokens
        }
    return tokens


def first_colour(value: str, base: Colour) -> Colour | None:
    """Return the first colour in a CSS value, as of a gradient, laid on `base`; None if there is none."""
    for found in COLOUR.findall(value):
        try:
            red, green, blue, *alpha = ImageColor.getrgb(_spelled(found))
        except ValueError:
            continue
        return mixed(base, (red, green, blue), (alpha[0] if alpha else 255) / 255)
    return None


def _spelled(colour: str) -> str:
    """Return a colour as Pillow reads it: its `rgb()` knows neither spaces alone nor a share of opacity."""
    numbers = re.fullmatch(r"rgba?\(([^()]*)\)", colour, re.IGNORECASE)
    if not numbers:
        return colour
    parts = re.split(r"[\s,/]+", numbers[1].strip())
    if len(parts) == 4 and not parts[3].endswith("%"):
        parts[3] = str(round(float(parts[3]) * 255))
    return f"rgb{'a' if len(parts) == 4 else ''}({','.join(parts)})"


def readable(colour: Colour, grounds: list[Colour], towards: Colour, least: float = LEAST_CONTRAST) -> Colour:
    """Return a colour moved towards another one, as little as it takes to stand out from all grounds."""
    for step in range(21):
        moved = mixed(colour, towards, step / 20)
        if all(contrast(moved, ground) >= least for ground in grounds):
            return moved
    return towards


def furthest(grounds: list[Colour]) -> Colour:
    """Return black or white, whichever is easier to read on all grounds."""
    return max(BLACK, WHITE, key=lambda colour: min(contrast(colour, ground) for ground in grounds))


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return a colour between two; share 1 is the second one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def contrast(first: Colour, second: Colour) -> float:
    """Return the contrast of two colours, 1 to 21, as the Web Content Accessibility Guidelines define it."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def to_hex(colour: Colour) -> str:
    """Return a colour as CSS has it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
