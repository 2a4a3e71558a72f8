"""The page in another language: files `localizations/<name>.json`, which assets/javascript/localization.js applies.

A file is one object: a text of the page -> what stands in its place. `"rtl": true` turns the page's direction round.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modules.core.paths import Paths
from modules.core.registry import shorten

log = logging.getLogger(__name__)

NONE = "None"
RIGHT_TO_LEFT = "rtl"
LARGEST_FILE = 16 * 2**20


@dataclass(frozen=True)
class Localization:
    """What a file says, and what is wrong with it."""

    name: str = NONE
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    right_to_left: bool = False
    notices: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return what the browser gets."""
        if not self.texts:
            return {}
        return {"texts": self.texts, "rtl": self.right_to_left, "language": self.name.replace("_", "-")}


def localization_files(paths: Paths) -> dict[str, Path]:
    """Return the files there are by name, in order of names."""
    found: dict[str, Path] = {}
    for folder in paths.localization_dirs:
        if folder.is_dir():
            found.update({path.stem: path for path in folder.glob("*.json") if path.stem != NONE})
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def localization_names(paths: Paths) -> list[str]:
    """Return what the setting can be: None first."""
    return [NONE, *localization_files(paths)]


def read_localization(paths: Paths, name: str) -> Localization:
    """Return a language; where its file is gone or broken, the page's own, with a notice that says so."""
    if name == NONE:
        return Localization()
    path = localization_files(paths).get(name)
    if path is None:
        folders = " or ".join(str(folder) for folder in paths.localization_dirs)
        return _without(f"There is no {shorten(name)}.json in {folders}; the page stays in English.")
    try:
        if path.stat().st_size > LARGEST_FILE:
            return _without(f"{path.name} is larger than {LARGEST_FILE // 2**20} MB; the page stays in English.")
        texts = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        return _without(f"{path.name} cannot be read ({shorten(str(error))}); the page stays in English.")
    if not isinstance(texts, dict):
        return _without(f"{path.name} is not one object of texts; the page stays in English.")
    words = {key: text for key, text in texts.items() if isinstance(text, str) and text and key != RIGHT_TO_LEFT}
    return Localization(name, words, texts.get(RIGHT_TO_LEFT) is True)


def _without(notice: str) -> Localization:
    log.warning("%s", notice)
    return Localization(notices=(notice,))
