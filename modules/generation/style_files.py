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

Tell = Callable[[str], None]
"""Takes a sentence about what is wrong with a file."""

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
        self.notices: list[str] = []
        """What is wrong with the files."""

    def all(self) -> list[Style]:
        """Return the styles in the order of the files."""
        with self._lock:
            states = {path: _state(path) for path in self._files()}
            if states != self._states:
                self.notices.clear()
                self._styles, self._places = _read_all(states, self._tell)
                self._states = states
            return list(self._styles.values())

    def _tell(self, sentence: str) -> None:
        log.warning("%s", sentence)
        self.notices.append(sentence)

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


def _read_all(states: dict[Path, State], tell: Tell) -> tuple[dict[str, Style], dict[str, list[Path]]]:
    styles: dict[str, Style] = {}
    places: dict[str, list[Path]] = {}
    for path in (path for path, state in states.items() if state is not None):
        for style in read_styles(path, tell):
            if style.name in styles:
                tell(f"Style {style.name!r} of {path} takes the place of that of {places[style.name][-1]}.")
            styles[style.name] = style
            places.setdefault(style.name, []).append(path)
    return styles, places


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def log_line(sentence: str) -> None:
    """Tell a sentence in the log alone."""
    log.warning("%s", sentence)


def read_styles(path: Path, tell: Tell = log_line) -> list[Style]:
    """Return the styles of a file; nothing if it cannot be read, which is told like all that is wrong with it."""
    try:
        text = decode(path, tell)
    except OSError as error:
        tell(f"The styles in {path} cannot be read: {error.strerror or error}.")
        return []
    return list(_parse(text, path, tell))


def decode(path: Path, tell: Tell = log_line) -> str:
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
            tell(f"{path} is damaged at byte {error.start}, {lost} bytes in all; the rest is read.")
            return mended
        tell(f"{path} is no UTF-8 at byte {error.start}; it is read as Windows-1252.")
        return data.decode("cp1252", "replace")


def _parse(text: str, path: Path, tell: Tell) -> Iterator[Style]:
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = delimiter_of(text)
    if broken := quote_error(text):
        tell(f"{path}, {broken}.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    header: list[str] | None = None
    try:
        for row in rows:
            if header is None:
                header = [column.strip().lower() for column in row]
                if NAME not in header:
                    tell(f"{path} has no column {NAME!r} in its first line, so it holds no styles.")
                    return
            elif any(row) and (style := _style(header, row, f"{path}, line {rows.line_num}", tell)):
                yield style
    except csv.Error as error:
        tell(f"{path}, line {rows.line_num}: {error}; the styles before that line are kept.")


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


def _style(header: Sequence[str], row: Sequence[str], place: str, tell: Tell) -> Style | None:
    if len(row) > len(header):
        tell(f"{place} has more values than columns: a text with commas must be in quotes.")
    values = dict(zip(header, row, strict=False))
    name = values.get(NAME, "")
    if not name.strip():
        tell(f"{place} has a style without a name.")
        return None
    return Style(name, values.get(PROMPT, values.get(OLD_PROMPT, "")), values.get(NEGATIVE_PROMPT, ""))
