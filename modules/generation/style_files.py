"""Reading styles from CSV files, the ones that A1111 and spreadsheets write.

Whatever is wrong with a file is logged with its line, and all that can be read is kept. Files are never written here.
"""

from __future__ import annotations

import csv
import io
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from modules.generation.styles import Style

log = logging.getLogger(__name__)

NAME, PROMPT, NEGATIVE_PROMPT = "name", "prompt", "negative_prompt"
OLD_PROMPT = "text"
"""What the column of prompts was called until 2022."""

LONGEST_FIELD = 10_000_000

State = tuple[int, int] | None
"""Time and size of a file; None if it cannot be read."""


class StyleCatalog:
    """The styles of all files, read again when one has changed. Safe to use from several threads.

    Args:
        files: tells which files there are at the moment. Of two styles with one name, the later one counts.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._states: dict[Path, State] = {}
        self._styles: dict[str, Style] = {}

    def all(self) -> list[Style]:
        """Return the styles in the order of the files."""
        with self._lock:
            states = {path: _state(path) for path in self._files()}
            if states != self._states:
                self._states, self._styles = states, _read_all(states)
            return list(self._styles.values())

    def named(self, names: Iterable[str]) -> list[Style]:
        """Return the styles of these names in this order; names of no style are passed over, as in A1111."""
        styles = {style.name: style for style in self.all()}
        return [styles[name] for name in names if name in styles]


def _read_all(states: dict[Path, State]) -> dict[str, Style]:
    styles: dict[str, Style] = {}
    places: dict[str, Path] = {}
    for path in (path for path, state in states.items() if state is not None):
        for style in read_styles(path):
            if style.name in styles:
                log.warning("Style %r of %s takes the place of that of %s.", style.name, path, places[style.name])
            styles[style.name], places[style.name] = style, path
    return styles


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def read_styles(path: Path) -> list[Style]:
    """Return the styles of a file; nothing, with a line in the log, if it cannot be read."""
    try:
        text = _decode(path)
    except OSError as error:
        log.warning("The styles in %s cannot be read: %s.", path, error.strerror or error)
        return []
    return list(_parse(text, path))


def _decode(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        log.warning("%s is no UTF-8 at byte %d; it is read as Windows-1252.", path, error.start)
        return data.decode("cp1252", "replace")


def _parse(text: str, path: Path) -> Iterator[Style]:
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = _delimiter(text)
    _warn_of_quotes(text, path, delimiter)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    header: list[str] | None = None
    try:
        for row in rows:
            if header is None:
                header = [column.strip().lower() for column in row]
                if NAME not in header:
                    log.warning("%s has no column %r in its first line, so it holds no styles.", path, NAME)
                    return
            elif any(row) and (style := _style(header, row, f"{path}, line {rows.line_num}")):
                yield style
    except csv.Error as error:
        log.warning("%s, line %d: %s; the styles before that line are kept.", path, rows.line_num, error)


def _delimiter(text: str) -> str:
    """Spreadsheets of many countries write semicolons or tabs for commas."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _warn_of_quotes(text: str, path: Path, delimiter: str) -> None:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for _ in rows:
            pass
    except csv.Error as error:
        log.warning("%s, line %d: a quotation mark is missing or too many (%s).", path, rows.line_num, error)


def _style(header: Sequence[str], row: Sequence[str], place: str) -> Style | None:
    if len(row) > len(header):
        log.warning("%s has more values than columns: a text with commas must be in quotes.", place)
    values = dict(zip(header, row, strict=False))
    name = values.get(NAME, "")
    if not name.strip():
        log.warning("%s has a style without a name.", place)
        return None
    return Style(name, values.get(PROMPT, values.get(OLD_PROMPT, "")), values.get(NEGATIVE_PROMPT, ""))
