"""`log.csv`: a row for each picture that was saved by hand, in A1111's columns."""

from __future__ import annotations

import csv
import io
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from modules.core.errors import StorageError
from modules.core.files import write_atomically
from modules.imaging.metadata import encodable

log = logging.getLogger(__name__)

NAME = "log.csv"
COLUMNS = (
    "prompt",
    "seed",
    "width",
    "height",
    "sampler",
    "cfgs",
    "steps",
    "filename",
    "negative_prompt",
    "sd_model_name",
    "sd_model_hash",
)
LONGEST_FIELD = 10_000_000

Row = Mapping[str, object]

_writing = threading.Lock()


def add_to_log(folder: Path, rows: Sequence[Row]) -> None:
    """Add rows to the log of a folder, each with values by column.

    A log of an older version, with fewer columns, gets the missing ones. One that cannot be read is kept under another
    name, and a new one is begun.

    Raises:
        StorageError: it cannot be written.
    """
    path = folder / NAME
    with _writing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _append(path, [[row.get(column, "") for column in _prepare(path)] for row in rows])
        except OSError as error:
            raise StorageError(f"The pictures are saved, but {path} cannot be written ({error.strerror}).") from error


def _prepare(path: Path) -> Sequence[str]:
    """Make sure that there is a log that rows can be added to, and return its columns."""
    if not path.exists() or path.stat().st_size == 0:
        _append(path, [COLUMNS])
        return COLUMNS
    columns = _read_columns(path)
    if columns is None:
        _set_aside(path)
        _append(path, [COLUMNS])
        return COLUMNS
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        _widen(path, missing)
    else:
        _end_last_row(path)
    return [*columns, *missing]


def _read_columns(path: Path) -> list[str] | None:
    """Return the names in the first row, or None if this is no log."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            csv.field_size_limit(LONGEST_FIELD)
            columns = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return columns if {"prompt", "filename"} <= set(columns) else None


def _widen(path: Path, missing: Sequence[str]) -> None:
    """Write the log anew with more columns, empty in the rows that are there."""
    _end_last_row(path)
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        header, *rows = csv.reader(file)
    wide = [[*header, *missing], *([*row, *([""] * (len(header) + len(missing) - len(row)))] for row in rows)]
    write_atomically(path, _as_csv(wide))


def _set_aside(path: Path) -> None:
    others = (path.with_name(f"log-unreadable-{number}.csv") for number in range(1, 1000))
    kept = next((other for other in others if not other.exists()), path.with_name("log-unreadable.csv"))
    path.replace(kept)
    log.warning("%s is no log of pictures: it is kept as %s, and a new one is begun.", path, kept.name)


def _end_last_row(path: Path) -> None:
    """Close a row that a killed process left open, so that the next one does not become a part of it."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return
        file.seek(0)
        is_quoted = file.read().count(b'"') % 2
    with path.open("ab") as file:
        file.write(b'"\r\n' if is_quoted else b"\r\n")


def _append(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Add rows in a single write, so that two processes do not mix theirs."""
    with path.open("ab", buffering=0) as file:
        file.write(_as_csv(rows).encode("utf-8"))


def _as_csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[encodable(str(value)).replace("\0", "") for value in row] for row in rows])
    return text.getvalue()
