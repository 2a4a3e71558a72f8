"""Styles are saved, changed and deleted in the files that people keep them in.

What a file holds besides stays: other columns, and styles that another file puts out of use. Before the first change a
copy is made, `styles.csv.bak`.
"""

from __future__ import annotations

import csv
import io
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

from modules.core.errors import InputError, StorageError, UnknownNameError
from modules.core.files import write_atomically
from modules.core.registry import shorten
from modules.generation.style_files import (
    LONGEST_FIELD,
    NAME,
    NEGATIVE_PROMPT,
    OLD_PROMPT,
    PROMPT,
    StyleCatalog,
    decode,
    delimiter_of,
    quote_error,
)
from modules.generation.styles import Style

COLUMNS = (NAME, PROMPT, NEGATIVE_PROMPT)
LONGEST_NAME = 200
LONGEST_TEXT = 100_000
_lock = threading.Lock()

Rows = list[list[str]]


def save_style(catalog: StyleCatalog, style: Style, file: Path) -> None:
    """Write a style into a file, in place of the one of that name there, or at its end.

    Args:
        catalog: the styles there are. If the one of that name is in another file, it moves from there.
        style: what to keep; its name says which one it replaces.
        file: one of the catalog's.

    Raises:
        InputError: a name or a text that cannot be kept, or a file that is broken.
        StorageError: the file cannot be written.
    """
    if not style.name.strip() or "\n" in style.name or len(style.name) > LONGEST_NAME:
        raise InputError(f"A style needs a name of one line, at most {LONGEST_NAME} characters long.")
    if any("\0" in text or len(text) > LONGEST_TEXT for text in astuple(style)):
        raise InputError(f"A style may have at most {LONGEST_TEXT:,} characters, and no NUL.")

    def put(header: Sequence[str], rows: Rows) -> Rows:
        kept = dict.fromkeys(header, "")
        places = [place for place, row in enumerate(rows) if _name(header, row) == style.name]
        place = places[-1] if places else len(rows)
        if place < len(rows):
            kept |= dict(zip(header, rows[place], strict=False))
        kept |= dict(zip(COLUMNS, astuple(style), strict=True))
        return [*rows[:place], [kept[column] for column in header], *rows[place + 1 :]]

    before = catalog.files_with(style.name)
    _change(file, put)
    if before and before[-1] != file:
        _remove(style.name, before[-1])


def delete_style(catalog: StyleCatalog, name: str) -> None:
    """Take a style out of all files.

    Raises:
        UnknownNameError: there is none of that name.
        InputError: a file that is broken.
        StorageError: a file cannot be written.
    """
    files = catalog.files_with(name)
    if not files:
        raise UnknownNameError(f"There is no style {shorten(name)!r}.")
    for file in files:
        _remove(name, file)


def _remove(name: str, file: Path) -> None:
    _change(file, lambda header, rows: [row for row in rows if _name(header, row) != name])


def _change(file: Path, change: Callable[[Sequence[str], Rows], Rows]) -> None:
    with _lock:
        header, rows = _read(file)
        changed = change(header, rows)
        _keep_copy(file)
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *changed])
        write_atomically(file, b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace"))


def _read(file: Path) -> tuple[list[str], Rows]:
    """Return the columns, those of A1111 among them, and the rows."""
    if not file.exists():
        return list(COLUMNS), []
    try:
        text = decode(file)
    except OSError as error:
        raise StorageError(f"Cannot read {file}: {error.strerror or error}.") from error
    broken = quote_error(text)
    if broken:
        raise InputError(f"{file.name} is broken ({broken}), so nothing is written into it; mend it first.")
    csv.field_size_limit(LONGEST_FIELD)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), skipinitialspace=True))
    header = [column.strip().lower() for column in rows[0]] if rows else list(COLUMNS)
    if NAME not in header:
        raise InputError(f"{file.name} is no file of styles, so nothing is written into it.")
    header = [PROMPT if column == OLD_PROMPT and PROMPT not in header else column for column in header]
    wanted = [*header, *(column for column in COLUMNS if column not in header)]
    return wanted, [row + [""] * (len(wanted) - len(row)) for row in rows[1:] if any(row)]


def _name(header: Sequence[str], row: Sequence[str]) -> str:
    return row[header.index(NAME)]


def _keep_copy(file: Path) -> None:
    copy = file.with_name(f"{file.name}.bak")
    if not file.exists():
        return
    try:
        shutil.copy2(file, copy)
    except OSError as error:
        raise StorageError(f"Cannot write {copy}: {error.strerror or error}.") from error
