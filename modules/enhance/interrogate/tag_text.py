"""Tags and their scores as one line of text, as the DeepBooru settings want it (contract 7.11)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from modules.core.options import Settings
from modules.enhance.interrogate_options import (
    RETURN_RANKS,
    TAG_THRESHOLD,
    TAGS_ALPHABETICALLY,
    TAGS_ESCAPED,
    TAGS_LEFT_OUT,
    TAGS_WITH_SPACES,
)

Scores = Iterable[tuple[str, float]]
"""Tags with underscores, and how sure the network is of each, 0..1."""

BRACKETS = re.compile(r"([\\()])")
FACE = re.compile(r"(\W+|\w)_(\W+|\w)")
"""Tags such as o_o and >_<, whose underscore stands for no space."""


def tags_text(scores: Scores, settings: Settings) -> str:
    """Return the tags that are sure enough, joined by commas."""
    left_out = {_plain(tag) for tag in settings[TAGS_LEFT_OUT].split(",") if tag.strip()}
    sure = [
        (tag, score)
        for tag, score in scores
        if score >= settings[TAG_THRESHOLD] and not is_rating(tag) and _plain(tag) not in left_out
    ]
    sure.sort(key=lambda entry: entry[0] if settings[TAGS_ALPHABETICALLY] else -entry[1])
    return ", ".join(_written(tag, score, settings) for tag, score in sure)


def is_rating(tag: str) -> bool:
    """Say whether a tag tells who may see the picture, not what is on it."""
    return tag.startswith("rating:")


def _written(tag: str, score: float, settings: Settings) -> str:
    if settings[TAGS_WITH_SPACES] and not FACE.fullmatch(tag):
        tag = tag.replace("_", " ")
    if settings[TAGS_ESCAPED]:
        tag = BRACKETS.sub(r"\\\1", tag)
    return f"({tag}:{score:.3f})" if settings[RETURN_RANKS] else tag


def _plain(tag: str) -> str:
    return tag.strip().casefold().replace(" ", "_")
