"""Lines of text on pictures, drawn so that they equal A1111's to the last pixel.

Source: the legends of the golden group `scripts`, which Pillow 9.5 drew with FreeType 2.13. Pillow has since begun to
blend letters that overlap where the darker one used to win, and FreeType 2.14 lifts the dots of small letters.
"""

from __future__ import annotations

import logging
import math
import re
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

log = logging.getLogger(__name__)

Font = ImageFont.FreeTypeFont

ROBOTO = str(Path(__file__).parent / "fonts" / "Roboto-Regular.ttf")

LETTERS = re.compile("ffi|fi|fl|.", re.DOTALL)
"""Roboto draws three pairs as one."""

DOTS_LIFTED_BELOW = 9
DOTS_NOT_LIFTED = str.maketrans("ij", "\ua7de\ua7df")
"""Copies of the letters in our Roboto, which FreeType takes for letters without a dot."""


def find_font(size: int, path: str = ROBOTO) -> Font:
    """Return a font of so many pixels; Roboto where `path` is none."""
    try:
        return _load_font(path, max(size, 1))
    except (OSError, ValueError) as error:
        log.warning("The font %s cannot be read (%s); Roboto is used.", path, error)
        return _load_font(ROBOTO, max(size, 1))


@lru_cache(maxsize=32)
def _load_font(path: str, size: int) -> Font:
    return ImageFont.truetype(path, size)


def text_size(text: str, font: Font) -> tuple[int, int]:
    """Return width and height of what is drawn."""
    if not text:
        return 0, 0
    left, top, right, bottom = font.getbbox(_spelled(text, font))
    return int(right - left), int(bottom - top)


def draw_text(sheet: Image.Image, at: tuple[float, float], text: str, font: Font, color: tuple[int, ...]) -> None:
    """Draw a line of text with its middle at a point."""
    if not (font.path == ROBOTO and text.isascii()):
        ImageDraw.Draw(sheet).text(at, text, font=font, fill=color, anchor="mm")
        return
    width, height = math.ceil(font.getlength(text)) + 4 * font.size, 4 * font.size
    left, top = math.floor(at[0]) - int(width // 2), math.floor(at[1]) - int(height // 2)
    across, down = at[0] - left, at[1] - top
    start = math.floor(across) - _rounded(font.getlength(text) / 2)

    mask, done = Image.new("L", (int(width), int(height))), ""
    for letter in LETTERS.findall(text):
        done += letter
        place = font.getlength(done) - font.getlength(letter)
        alone = Image.new("L", mask.size)
        position = start + _rounded(place + across % 1), down
        ImageDraw.Draw(alone).text(position, _spelled(letter, font), font=font, fill=255, anchor="lm")
        mask = ImageChops.lighter(mask, alone)
    sheet.paste(color, (left, top), mask)


def _spelled(text: str, font: Font) -> str:
    """Return the text in letters whose dots stay where they were."""
    if font.size >= DOTS_LIFTED_BELOW or font.path != ROBOTO:
        return text
    letters: list[str] = LETTERS.findall(text)
    return "".join(letter.translate(DOTS_NOT_LIFTED) if len(letter) == 1 else letter for letter in letters)


def _rounded(value: float) -> int:
    """Round halves up, as FreeType does."""
    return math.floor(value + 0.5)
