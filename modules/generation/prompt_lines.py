"""Lists of prompts, one a line, each with options of its own: `--prompt a cat --steps 30` (contract 7.3)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.core.errors import InputError
from modules.core.registry import shorten

MOST_LINES = 10_000


@dataclass(frozen=True)
class PromptLine:
    """A line: its number, from 1, and what it sets of the job; `prompt` and `negative_prompt` are kept apart."""

    number: int
    prompt: str = ""
    negative_prompt: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def read_lines(text: str) -> list[PromptLine]:
    """Read all lines that have something in them.

    Raises:
        InputError: there are none or too many, or an option is unknown or has no such value.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError("The list of prompts is empty: write a prompt a line, or upload a text file.")
    if len(lines) > MOST_LINES:
        raise InputError(f"The list has {len(lines):,} prompts; shorten it to {MOST_LINES:,} or fewer.")
    return [read_line(number, line) for number, line in lines]


def read_line(number: int, line: str) -> PromptLine:
    """Read a line. One that does not begin with an option is a prompt as it stands.

    Raises:
        InputError: an option is unknown or has no such value.
    """
    if not line.startswith("--"):
        return PromptLine(number, line)
    values: dict[str, Any] = {}
    for name, words in _options(number, line):
        read = OPTIONS.get(name)
        if read is None:
            raise InputError(f"Line {number}: there is no option --{shorten(name)}; there are {', '.join(OPTIONS)}.")
        try:
            values[name] = read(words)
        except ValueError as error:
            given = shorten(" ".join(words))
            raise InputError(f"Line {number}: --{name} takes {error}, not {given!r}.") from error
    return PromptLine(number, values.pop("prompt", ""), values.pop("negative_prompt", ""), values)


def _options(number: int, line: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each option and the words up to the next one."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"Line {number}: a quote is not closed in {shorten(line)!r}.") from error
    name, values = words[0], []
    for word in words[1:]:
        if word.startswith("--"):
            yield name.removeprefix("--"), values
            name, values = word, []
        else:
            values.append(word)
    yield name.removeprefix("--"), values


def _text(words: list[str]) -> str:
    return " ".join(words)


def _whole(words: list[str]) -> int:
    try:
        (word,) = words
        return int(word)
    except ValueError as error:
        raise ValueError("a whole number") from error


def _number(words: list[str]) -> float:
    try:
        (word,) = words
        return float(word)
    except ValueError as error:
        raise ValueError("a number") from error


def _yes_or_no(words: list[str]) -> bool:
    word = " ".join(words).lower()
    if word not in {"true", "false"}:
        raise ValueError("true or false")
    return word == "true"


def _names(words: list[str]) -> list[str]:
    return [name.strip() for name in " ".join(words).split(",") if name.strip()]


OPTIONS: dict[str, Callable[[list[str]], Any]] = {
    "prompt": _text,
    "negative_prompt": _text,
    "prompt_for_display": _text,
    "styles": _names,
    "sd_model": _text,
    "sampler_name": _text,
    "sampler_index": _whole,
    "steps": _whole,
    "cfg_scale": _number,
    "width": _whole,
    "height": _whole,
    "seed": _whole,
    "subseed": _whole,
    "subseed_strength": _number,
    "seed_resize_from_w": _whole,
    "seed_resize_from_h": _whole,
    "batch_size": _whole,
    "n_iter": _whole,
    "restore_faces": _yes_or_no,
    "tiling": _yes_or_no,
    "outpath_samples": _text,
    "outpath_grids": _text,
    "do_not_save_samples": _yes_or_no,
    "do_not_save_grid": _yes_or_no,
}
"""Names are A1111's, those of the job's fields; `sd_model` is the checkpoint."""
