"""Saving pictures: numbered names, whole files only, and never one over another.

A name is claimed by creating its temporary file, `.<name>.tmp`, which only one process can do. The picture is written
there and then renamed, so a crash leaves no half-written picture under a final name. This needs neither hard links
nor locks, so it works on network drives and on Windows too.
"""

import itertools
import logging
import os
import re
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL.Image import Image

from modules.core.errors import StorageError
from modules.core.files import write_atomically
from modules.core.registry import shorten
from modules.imaging.filename import FilenameValues, NameRules, cut_name, fill_pattern
from modules.imaging.formats import PNG, ImageFormat, find_format
from modules.imaging.jpeg_copy import JpegCopy, encode_jpeg_copy
from modules.imaging.load import load_image
from modules.imaging.metadata import EncodeOptions, carries, encodable, encode_image, read_infotext

log = logging.getLogger(__name__)

ROOM_FOR_TEMPORARY = len("..tmp")
STALE_SECONDS = 24 * 3600

# Threads of this process take numbers one after the other; between processes the claimed names show them.
_numbering = threading.Lock()


@dataclass(frozen=True)
class SaveOptions:
    """How and under which name a picture is saved.

    Attributes:
        format: extension such as `png`.
        name_pattern: what the name says after its number; may be empty.
        folder_pattern: subfolders to save into; None is none.
        base: what the name begins with (`grid`).
        digits: of the number.
        suffix: what the name ends with (`-before-highres-fix`).
        add_number: begin the name with the next number of the folder.
        overwrite: without numbers, replace a file of the same name; else `-1`, `-2`, … is appended.
        text_file: write the infotext into a `.txt` file beside the picture as well.
        jpeg_copy: the limits above which a JPEG is saved beside the picture; None is never.
    """

    format: str = "png"
    name_pattern: str = "[seed]"
    folder_pattern: str | None = "[date]"
    base: str = ""
    digits: int = 5
    suffix: str = ""
    add_number: bool = True
    overwrite: bool = True
    text_file: bool = False
    jpeg_copy: JpegCopy | None = None
    max_prompt_words: int = 8
    encode: EncodeOptions = field(default_factory=EncodeOptions)
    rules: NameRules = field(default_factory=NameRules)


@dataclass(frozen=True)
class Encoded:
    """A picture and the bytes of its file to be."""

    data: bytes
    kind: ImageFormat
    image: Image
    infotext: str | None


def save_image(
    image: Image, folder: Path, values: FilenameValues, infotext: str | None, options: SaveOptions | None = None
) -> Path:
    """Save a picture with its infotext inside, and return the file's path.

    Without other options the file is `<folder>/<date>/00000-<seed>.png`.

    Raises:
        StorageError: the folder cannot be written or the disk is full; nothing half-written is left.
    """
    options = options or SaveOptions()
    kind = _format_for(image, options.format)
    data = encode_image(image, kind.name, infotext, options.encode)
    return _save(Encoded(data, kind, image, infotext), folder, values, options)


def save_copy(file: Path, folder: Path, values: FilenameValues, infotext: str | None, options: SaveOptions) -> Path:
    """Save the picture of a file once more, as it is if its format is the one wanted, and return the new file's path.

    Raises:
        InputError: the file is no picture.
        StorageError: the file cannot be read, the folder cannot be written, or the disk is full.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StorageError(f"The picture {file.name} is no longer there ({error.strerror or error}).") from error
    image = load_image(data)
    kind = _format_for(image, options.format)
    text = read_infotext(image)
    wanted = (infotext or None) if options.encode.metadata else None
    if image.format != kind.pillow or text.infotext != wanted:
        data = encode_image(image, kind.name, infotext, options.encode)
    return _save(Encoded(data, kind, image, infotext), folder, values, options)


def _save(encoded: Encoded, folder: Path, values: FilenameValues, options: SaveOptions) -> Path:
    image, kind, infotext = encoded.image, encoded.kind, encoded.infotext
    values = replace(values, image=image, max_prompt_words=options.max_prompt_words)
    if options.folder_pattern is not None:
        folder = folder / (fill_pattern(options.folder_pattern, values, options.rules) or ".")
    *subfolders, decoration = ["", *fill_pattern(options.name_pattern, values, options.rules).split("/")]
    folder = folder.joinpath(*subfolders)

    path = _write(encoded.data, folder, decoration, f".{kind.name}", options)
    if infotext and (options.text_file or (options.encode.metadata and not carries(kind.name, infotext))):
        write_atomically(path.with_suffix(".txt"), f"{encodable(infotext)}\n")
    if options.jpeg_copy and kind.name != "jpg":
        copy = encode_jpeg_copy(image, len(encoded.data), options.jpeg_copy, infotext, options.encode)
        if copy is not None:
            write_atomically(path.with_suffix(".jpg"), copy)
    return path


def _format_for(image: Image, name: str) -> ImageFormat:
    """Return the format to save in: PNG, rather than lose a picture, where the one asked for will not do."""
    kind = find_format(name)
    if kind is not None and kind.holds(image):
        return kind
    log.warning("Saved as png: %s", f"{kind.name} holds no image this large." if kind else f"no image format {name!r}.")
    return PNG


def _write(data: bytes, folder: Path, decoration: str, extension: str, options: SaveOptions) -> Path:
    """Write a file under a name of its own and return its path."""
    tail = options.suffix + extension
    numbered = options.add_number or not decoration
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not numbered and options.overwrite:
            path = folder / _name(folder, tail, options.base, decoration)
            write_atomically(path, data)
            return path
        names = _numbered_names if numbered else _suffixed_names
        with _numbering:
            path = claim(folder, names(folder, tail, decoration, options))
        with claimed(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        where = shorten(str(folder), 300)
        raise StorageError(
            f"Cannot save the image in {where} ({error.strerror or error}): free some disk space, or choose a folder "
            "that can be written in Settings, Paths for saving."
        ) from error
    return path


def _numbered_names(folder: Path, tail: str, decoration: str, options: SaveOptions) -> Iterator[str]:
    for number in itertools.count(_next_number(folder, options.base)):
        yield _name(folder, tail, options.base, f"{number:0{options.digits}}", decoration)


def _suffixed_names(folder: Path, tail: str, decoration: str, options: SaveOptions) -> Iterator[str]:
    yield _name(folder, tail, options.base, decoration)
    for number in itertools.count(1):
        yield _name(folder, f"-{number}{tail}", options.base, decoration)


def _name(folder: Path, tail: str, *parts: str) -> str:
    stem = "-".join(part for part in parts if part)
    return cut_name(stem, _longest_name(folder) - len(tail) - ROOM_FOR_TEMPORARY) + tail


def _longest_name(folder: Path) -> int:
    """Return how many bytes a name in the folder may have."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows has no pathconf
        return 255


def _next_number(folder: Path, base: str) -> int:
    """Return the highest number in the folder, claimed ones included, plus one. Stale temporary files are removed."""
    prefix = re.escape(f"{base}-") if base else ""
    numbered = re.compile(rf"(\.?){prefix}([0-9]{{1,9}})[-.]")
    numbers = [-1]
    with os.scandir(folder) as entries:
        for entry in entries:
            match = numbered.match(entry.name)
            if match and match[1] and entry.name.endswith(".tmp") and _is_stale(entry):
                with suppress(OSError):
                    Path(entry).unlink()
            elif match:
                numbers.append(int(match[2]))
    return max(numbers) + 1


def _is_stale(entry: os.DirEntry[str]) -> bool:
    try:
        return time.time() - entry.stat().st_mtime > STALE_SECONDS
    except OSError:
        return False


def claim(folder: Path, names: Iterator[str]) -> Path:
    """Create the temporary file of the first name that is free, and return the path it will have; see `claimed`."""
    for path in (folder / name for name in names):
        try:
            _temporary(path).touch(exist_ok=False)
        except FileExistsError:
            continue
        # Looked at only now: a name that nobody else has claimed can no longer be taken.
        if not os.path.lexists(path):
            return path
        _temporary(path).unlink(missing_ok=True)
    raise AssertionError("the names never end")


@contextmanager
def claimed(path: Path) -> Generator[Path]:
    """Yield the temporary file of a claimed path, to be written; it then gets its name, or is removed on an error."""
    temporary = _temporary(path)
    try:
        yield temporary
        temporary.rename(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")
