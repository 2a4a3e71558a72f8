"""The kinds of launch flag. Each helper makes one field of `Flags`, with what the parser and the docs need to know."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Status(StrEnum):
    """What a flag does here."""

    WORKS = "works"
    NO_OP = "no effect"
    NOT_YET = "not yet"


@dataclass(frozen=True)
class FlagInfo:
    """All about one flag but its name, which is the name of its field."""

    help: str
    status: Status
    kind: str
    parse: Callable[[str], object] = str
    choices: Sequence[str] = ()
    several: str = ""  # argparse action or nargs: "append", "extend", "+", or "" for a single value
    is_path: bool = False
    default_text: str = ""
    value_when_given: bool = True  # of a switch


def _flag(default: object, info: FlagInfo) -> Any:
    return field(default=default, metadata={"flag": info})


def switch(help: str, status: Status = Status.WORKS, *, default: bool | None = False, sets: bool = True) -> Any:
    """Make a flag that takes no value; `sets` is what it becomes when given."""
    return _flag(default, FlagInfo(help, status, "switch", value_when_given=sets))


def text(help: str, status: Status = Status.WORKS, *, default: str | None = None, choices: Sequence[str] = ()) -> Any:
    """Make a flag that takes a text; `choices` are compared without regard to case."""
    parse = _choice(choices) if choices else str
    return _flag(default, FlagInfo(help, status, " / ".join(choices) or "text", parse, choices))


def number(
    help: str, status: Status = Status.WORKS, *, default: int | None = None, least: int = 0, most: int | None = None
) -> Any:
    """Make a flag that takes a whole number."""
    return _flag(default, FlagInfo(help, status, "number", _whole_number(least, most)))


def path(help: str, status: Status = Status.WORKS, *, default: Path | None = None, derived: str = "") -> Any:
    """Make a flag that takes a file or folder; `derived` says in words what it is when not given."""
    return _flag(default, FlagInfo(help, status, "path", _path, is_path=True, default_text=derived))


def paths(help: str, status: Status = Status.WORKS, *, derived: str = "") -> Any:
    """Make a flag that takes a path and may be given several times."""
    info = FlagInfo(help, status, "path, repeatable", _path, several="append", is_path=True, default_text=derived)
    return _flag((), info)


def files(help: str, status: Status = Status.WORKS) -> Any:
    """Make a flag that takes one or more paths, and may be given several times."""
    return _flag((), FlagInfo(help, status, "paths", _path, several="extend", is_path=True))


def texts(help: str, status: Status = Status.WORKS, *, derived: str = "") -> Any:
    """Make a flag that takes a text and may be given several times."""
    info = FlagInfo(help, status, "text, repeatable", str, several="append", default_text=derived)
    return _flag((), info)


def words(help: str, status: Status = Status.WORKS) -> Any:
    """Make a flag that takes one or more words, kept in lower case."""
    return _flag((), FlagInfo(help, status, "words", str.lower, several="+"))


def mapping(help: str, status: Status = Status.WORKS) -> Any:
    """Make a flag that takes a JSON object."""
    return _flag(None, FlagInfo(help, status, "JSON", _json_object))


def _path(value: str) -> Path:
    if not value.strip() or "\0" in value:
        raise argparse.ArgumentTypeError("takes the path of a file or folder, not an empty text")
    return Path(value).expanduser()


def _choice(choices: Sequence[str]) -> Callable[[str], str]:
    by_name = {choice.casefold(): choice for choice in choices}

    def parse(value: str) -> str:
        if value.casefold() not in by_name:
            raise argparse.ArgumentTypeError(f"must be one of {', '.join(choices)}, not {value!r:.80}")
        return by_name[value.casefold()]

    return parse


def _whole_number(least: int, most: int | None) -> Callable[[str], int]:
    allowed = f"from {least} to {most}" if most is not None else f"of {least} or more"

    def parse(value: str) -> int:
        try:
            result = int(value)
        except ValueError:
            result = None
        if result is None or not least <= result <= (math.inf if most is None else most):
            raise argparse.ArgumentTypeError(f"takes a whole number {allowed}, not {value!r:.80}")
        return result

    return parse


def _json_object(value: str) -> dict[str, Any]:
    try:
        result: object = json.loads(value)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise argparse.ArgumentTypeError(f"takes a JSON object, not {value!r:.80}")
    return result  # pyright: ignore[reportUnknownVariableType]
