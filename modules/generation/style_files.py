"""Reading styles from CSV files, the ones that A1111 and spreadsheets write.

Whatever is wrong with a file is logged with its line, and all that can be read is kept. `style_editing.py` writes them.
"""

from __future__ import annotations

import codecs
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
LOST = "\ufffd"
"""What stands for bytes that are no letters."""

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
        self._places: dict[str, list[Path]] = {}

    def all(self) -> list[Style]:
        """Return the styles in the order of the files."""
        with self._lock:
            states = {path: _state(path) for path in self._files()}
            if states != self._states:
                self._styles, self._places = _read_all(states)
                self._states = states
            return list(self._styles.values())

    def files(self) -> list[Path]:
        """Return the files that styles are read from and can be saved to; they need not exist."""
        return list(self._files())

    def files_with(self, name: str) -> list[Path]:
        """Return the files that have a style of that name; the last one's counts."""
        self.all()
        return list(self._places.get(name, ()))

    def named(self, names: Iterable[str]) -> list[Style]:
        """Return the styles of these names in this order; names of no style are passed over, as in A1111."""
        styles = {style.name: style for style in self.all()}
        return [styles[name] for name in names if name in styles]


def _read_all(states: dict[Path, State]) -> tuple[dict[str, Style], dict[str, list[Path]]]:
    styles: dict[str, Style] = {}
    places: dict[str, list[Path]] = {}
    for path in (path for path, state in states.items() if state is not None):
        for style in read_styles(path):
            if style.name in styles:
                log.warning("Style %r of %s takes the place of that of %s.", style.name, path, places[style.name][-1])
            styles[style.name] = style
            places.setdefault(style.name, []).append(path)
    return styles, places


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def read_styles(path: Path) -> list[Style]:
    """Return the styles of a file; nothing, with a line in the log, if it cannot be read."""
    try:
        text = decode(path)
    except OSError as error:
        log.warning("The styles in %s cannot be read: %s.", path, error.strerror or error)
        return []
    return list(_parse(text, path))


def decode(path: Path) -> str:
    """Return the text of a file, whatever wrote it.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mended = data.decode("utf-8-sig", "replace")
        lost = mended.count(LOST)
        if data.startswith(codecs.BOM_UTF8) or sum(letter > "\x7f" for letter in mended) >= 2 * lost:
            log.warning("%s is damaged at byte %d and %d other places; the rest is read.", path, error.start, lost - 1)
            return mended
        log.warning("%s is no UTF-8 at byte %d; it is read as Windows-1252.", path, error.start)
        return data.decode("cp1252", "replace")


def _parse(text: str, path: Path) -> Iterator[Style]:
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = delimiter_of(text)
    if broken := quote_error(text):
        log.warning("%s, %s.", path, broken)
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


def delimiter_of(text: str) -> str:
    """Spreadsheets of many countries write semicolons or tabs for commas."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def quote_error(text: str) -> str:
    """Return where a quotation mark is missing or too many, or nothing."""
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = delimiter_of(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for _ in rows:
            pass
    except csv.Error as error:
        return f"line {rows.line_num}: a quotation mark is missing or too many ({error})"
    return ""


def _style(header: Sequence[str], row: Sequence[str], place: str) -> Style | None:
    if len(row) > len(header):
        log.warning("%s has more values than columns: a text with commas must be in quotes.", place)
    values = dict(zip(header, row, strict=False))
    name = values.get(NAME, "")
    if not name.strip():
        log.warning("%s has a style without a name.", place)
        return None
    return Style(name, values.get(PROMPT, values.get(OLD_PROMPT, "")), values.get(NEGATIVE_PROMPT, ""))
