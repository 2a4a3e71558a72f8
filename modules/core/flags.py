"""The command line and COMMANDLINE_ARGS become a frozen `Flags`. Unknown flags warn; bad values are an `InputError`."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from modules.core.errors import InputError
from modules.core.flag_kinds import FlagInfo, Status
from modules.core.flag_table import LOG_LEVELS, PROGRAM_FOLDER, Flags
from modules.core.registry import shorten

__all__ = ["PROGRAM_FOLDER", "FlagParser", "Flags", "flag_fields", "flag_info", "flag_name", "parse_flags"]


def flag_fields() -> list[Field[Any]]:
    """Return the fields of `Flags` that are flags, in order."""
    return [entry for entry in fields(Flags) if "flag" in entry.metadata]


def flag_info(entry: Field[Any]) -> FlagInfo:
    """Return what is known about a flag."""
    return entry.metadata["flag"]


def flag_name(entry: Field[Any]) -> str:
    """Return the flag as typed, such as --no-half-vae."""
    return "-f" if entry.name == "f" else "--" + entry.name.replace("_", "-")


class FlagParser(argparse.ArgumentParser):
    """argparse, but it knows its flags' names and tells mistakes by `InputError` instead of ending the program."""

    def __init__(self) -> None:
        super().__init__(prog="webui", description="Easel, a web UI for Stable Diffusion.")

    @property
    def flag_names(self) -> Collection[str]:
        """Every flag as typed, those in argument groups too."""
        return self._option_string_actions  # pyright: ignore[reportPrivateUsage]

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Add a flag (extensions call this too); one that is there already is left as it is."""
        taken = [name for name in args if name in self.flag_names]
        if taken:
            return argparse.Action(option_strings=taken, dest="")
        return super().add_argument(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse has to say as one sentence.

        Raises:
            InputError: always.
        """
        match = re.fullmatch(r"argument (\S+?)(?:/\S+)?: (.*)", message, re.DOTALL)
        sentence = f"{match[1]} {match[2]}" if match else message
        raise InputError(f"{sentence.rstrip('.')}. See docs/flags.md for every flag.")

    def matches(self, token: str) -> int:
        """Return how many flags a token may mean: by its full name, or else by the beginning of one."""
        name = token.partition("=")[0]
        if name in self.flag_names:
            return 1
        return sum(known.startswith(name) for known in self.flag_names) if name.startswith("--") else 0


def make_parser() -> FlagParser:
    """Return the parser of every flag in the table. Absent flags leave no trace in its result."""
    parser = FlagParser()
    for entry in flag_fields():
        info = flag_info(entry)
        options: dict[str, Any] = {"dest": entry.name, "default": argparse.SUPPRESS}
        options["help"] = f"{info.help} [{info.status}]".replace("%", "%%")
        if info.kind == "switch":
            options["action"] = "store_true" if info.value_when_given else "store_false"
        else:
            options["type"] = info.parse
            options["metavar"] = info.kind.split(",", maxsplit=1)[0].upper() if not info.choices else info.kind
        if info.several == "append":
            options["action"] = "append"
        elif info.several in {"+", "extend"}:
            options["nargs"] = "+"
            options["action"] = "extend" if info.several == "extend" else "store"
        parser.add_argument(flag_name(entry), **options)
    return parser


def parse_flags(
    argv: Sequence[str] | None = None,
    environ: Mapping[str, str] | None = None,
    extend: Callable[[argparse.ArgumentParser], None] | None = None,
) -> Flags:
    """Parse the command line, with COMMANDLINE_ARGS of the environment appended.

    Args:
        argv: without the program's name.
        environ: the environment; os.environ by default.
        extend: called with the parser, to add the flags of extensions.

    Raises:
        InputError: a value that its flag cannot take.
    """
    environ = os.environ if environ is None else environ
    parser = make_parser()
    if extend is not None:
        extend(parser)
    tokens = [*(argv or ()), *split_arguments(environ.get("COMMANDLINE_ARGS", ""))]
    known, unknown = _set_unknown_aside(tokens, parser)
    namespace, leftover = parser.parse_known_args(known)
    given: dict[str, Any] = {key: _frozen(value) for key, value in vars(namespace).items()}

    declared = {entry.name for entry in flag_fields()}
    flags = replace(
        Flags(),
        **{key: value for key, value in given.items() if key in declared},
        extra={key: value for key, value in given.items() if key not in declared},
        notices=tuple(_notices(given, [] if environ.get("IGNORE_CMD_ARGS_ERRORS") else [*unknown, *leftover])),
    )
    return _absolute_paths(_implied(flags, environ))


def _frozen(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def split_arguments(line: str) -> list[str]:
    r"""Split COMMANDLINE_ARGS as the shell would; on Windows a `\` is an ordinary character.

    Raises:
        InputError: a quote that does not end.
    """
    try:
        if os.name != "nt":
            return shlex.split(line)
        lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
        return list(lexer)
    except ValueError as error:
        raise InputError("COMMANDLINE_ARGS has a quotation mark without its partner.") from error


def _set_unknown_aside(tokens: Sequence[str], parser: FlagParser) -> tuple[list[str], list[str]]:
    """Part the tokens into those of known flags and those of unknown ones, each with the values after it."""
    known: list[str] = []
    unknown: list[str] = []
    target = known
    for token in tokens:
        if token.startswith("-") and not re.fullmatch(r"-\d+(\.\d+)?|-", token):
            target = known if parser.matches(token) == 1 else unknown
        target.append(token)
    return known, unknown


def _notices(given: Mapping[str, Any], unknown: Sequence[str]) -> list[str]:
    notices: list[str] = []
    missing = [
        flag_name(entry) for entry in flag_fields() if entry.name in given and flag_info(entry).status is Status.NOT_YET
    ]
    if missing:
        notices.append(f"Not there yet, so without effect: {', '.join(missing)}.")
    if unknown:
        notices.append(f"Unknown on the command line, so ignored: {shorten(shlex.join(unknown), 300)}")
    return notices


def _implied(flags: Flags, environ: Mapping[str, str]) -> Flags:
    """Apply what follows from other flags and from the environment."""
    level = environ.get("SD_WEBUI_LOG_LEVEL", "").upper()
    if flags.loglevel is None and level in LOG_LEVELS:
        flags = replace(flags, loglevel=level)
    if flags.test_server:
        flags = replace(flags, api=True, disable_nan_check=True, skip_torch_cuda_test=True)
    return replace(flags, api=True) if flags.nowebui else flags


def _absolute_paths(flags: Flags) -> Flags:
    """Make every path absolute, against the working directory."""
    changed: dict[str, Any] = {}
    for entry in flag_fields():
        value: Path | tuple[Path, ...] | None = getattr(flags, entry.name) if flag_info(entry).is_path else None
        if value:
            changed[entry.name] = value.absolute() if isinstance(value, Path) else tuple(p.absolute() for p in value)
    return replace(flags, **changed)
