"""The setting `gradio_theme`: another look for the page, from a theme that comes with Gradio or from huggingface.co."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import gradio.themes
from gradio.themes import Base, Font, LocalFont, ThemeClass

from modules.core.errors import StorageError
from modules.core.files import write_atomically
from modules.core.options import Settings
from modules.core.registry import shorten
from modules.frontend.gradio_internals import FontEncoder, font_weights, fonts_of, theme_value
from modules.frontend.layout_options import CACHE_THEMES, DEFAULT_THEME, THEME
from modules.frontend.theme import make_theme
from modules.frontend.theme_colours import theme_tokens, to_hex

log = logging.getLogger(__name__)

BUILT_IN: dict[str, type[Base]] = {
    f"gradio/{kind.__name__.lower()}": kind
    for kind in (
        *(gradio.themes.Base, gradio.themes.Default, gradio.themes.Glass, gradio.themes.Monochrome),
        *(gradio.themes.Soft, gradio.themes.Citrus, gradio.themes.Ocean, gradio.themes.Origin),
    )
}
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w.*^~<>=!-]+)?", re.ASCII)
FONT_NAME = re.compile(r"[\w -]+", re.ASCII)
WAIT_SECONDS = 15
LARGEST_RADIUS = 14
LABELS = "8.2rem"
"""The width of labels: other fonts are wider."""


@dataclass(frozen=True)
class Look:
    """How the page looks.

    Attributes:
        theme: for Gradio.
        style: a style sheet that comes after ours.
        notices: why it does not look as the settings say.
    """

    theme: Base
    style: str = ""
    notices: Sequence[str] = ()


def read_look(settings: Settings, cache: Path) -> Look:
    """Return the look that the settings want, or our own with a notice that says why.

    Args:
        settings: with the theme's name.
        cache: folder of themes that were fetched.
    """
    name = settings[THEME].strip()
    if not name or name == DEFAULT_THEME:
        return Look(make_theme())
    try:
        return look_of(_find_theme(name, cache if settings[CACHE_THEMES] else None))
    except ThemeMissing as missing:
        notice = f"{missing} The page has its own look."
        log.warning("%s", notice)
        return Look(make_theme(), notices=(notice,))


class ThemeMissing(Exception):
    """There is no such theme to be had; the message is a sentence."""


def _find_theme(name: str, cache: Path | None) -> ThemeClass:
    """Return a theme by its name.

    Raises:
        ThemeMissing: it cannot be had.
    """
    built_in = BUILT_IN.get(name.casefold()) or BUILT_IN.get(f"gradio/{name.casefold()}")
    if built_in:
        return built_in()
    shown = shorten(name)
    if not HUB_NAME.fullmatch(name):
        raise ThemeMissing(
            f"The Gradio theme {shown!r} is neither one of {', '.join(BUILT_IN)} nor named like author/theme."
        )
    file = cache / f"{name.replace('/', '_')}.json" if cache else None
    if file is not None and file.is_file():
        return _loaded(file)
    theme = _fetched(name)
    if file is not None:
        _keep(theme, file)
    return theme


def _loaded(file: Path) -> ThemeClass:
    try:
        with warnings.catch_warnings(action="ignore"):  # of another version of Gradio; what is not a colour is not used
            return ThemeClass.load(str(file))
    except Exception as error:
        log.debug("Reading %s", file, exc_info=True)
        raise ThemeMissing(f"The Gradio theme in {file} cannot be read; delete the file to fetch it again.") from error


def _fetched(name: str) -> ThemeClass:
    """Return a theme of huggingface.co."""
    fetching = ThreadPoolExecutor(1)
    try:
        return fetching.submit(ThemeClass.from_hub, name).result(WAIT_SECONDS)
    except Exception as error:
        log.debug("Fetching %s", name, exc_info=True)
        raise ThemeMissing(
            f"The Gradio theme {shorten(name)!r} could not be fetched from huggingface.co ({type(error).__name__})."
        ) from error
    finally:
        fetching.shutdown(wait=False, cancel_futures=True)


def _keep(theme: ThemeClass, file: Path) -> None:
    try:
        write_atomically(file, json.dumps(theme.to_dict(), cls=FontEncoder).encode())
    except StorageError as error:
        log.warning("%s", error)


def look_of(theme: ThemeClass) -> Look:
    """Return our look with a theme's colours, corners and fonts.

    Raises:
        ThemeMissing: its values are none that a theme has.
    """
    try:
        light = theme_tokens(lambda name: theme_value(theme, name, dark=False), dark=False)
        dark = theme_tokens(lambda name: theme_value(theme, name, dark=True), dark=True)
        radius = re.fullmatch(r"(\d+)px", theme_value(theme, "input_radius", dark=False).strip())
        fonts = [font for font in fonts_of(theme) if FONT_NAME.fullmatch(font.name)]
    except Exception as error:
        log.debug("Reading the theme", exc_info=True)
        raise ThemeMissing("The Gradio theme's values cannot be read.") from error
    rules = [
        f"--easel-{token}: light-dark({to_hex(light[token])}, {to_hex(dark[token])});"
        for token in light
        if token in dark
    ]
    if radius:
        rules.append(f"--easel-radius: {min(int(radius[1]), LARGEST_RADIUS)}px;")
    if fonts:
        rules.append(f"--easel-font: {', '.join(map(str, fonts))}; --easel-label: {LABELS};")
    return Look(make_theme([_without_network(font) for font in fonts]), f":root {{ {' '.join(rules)} }}")


def _without_network(font: Font) -> Font:
    """Return a font from Gradio's own files if it has them, or else one that the system may have."""
    weights = font_weights(font.name)
    return LocalFont(font.name, weights) if weights else Font(font.name)
