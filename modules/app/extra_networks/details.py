"""What there is to know of one network, and what a person changes of it: words, weights, its picture."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modules.app.extra_networks.item import Item
from modules.app.extra_networks.page import EditorField, ExtraNetworksPage
from modules.core.errors import InputError
from modules.core.files import write_atomically
from modules.core.options import Settings
from modules.imaging.formats import find_format
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext
from modules.imaging.options import SAMPLES_FORMAT
from modules.imaging.save_settings import encode_options
from modules.networks.files_beside import DESCRIPTION, description_files, preview_files, save_user_metadata

log = logging.getLogger(__name__)

LONGEST_TEXT = 100_000
LARGEST_WEIGHT = 2.0
UNITS = ("bytes", "kB", "MB", "GB", "TB")


def facts(page: ExtraNetworksPage, item: Item) -> Iterator[tuple[str, str]]:
    """Yield what the editor shows of a network's file: label and text."""
    yield "File", item.place
    try:
        found = item.filename.stat()
        yield "Size", size_text(found.st_size)
        yield "Modified", time.strftime("%Y-%m-%d %H:%M", time.localtime(found.st_mtime))
    except OSError:
        yield "Size", "the file is gone"
    if item.shorthash:
        yield "Hash", item.shorthash
    yield from page.file_facts(item)


def size_text(size: float) -> str:
    """Return a number of bytes as people read it."""
    unit = min(int(math.log(max(size, 1), 1000)), len(UNITS) - 1)
    return f"{size / 1000**unit:.3g} {UNITS[unit]}"


def written(field: EditorField, item: Item) -> Any:
    """Return what a person has written; what makes no sense in a field is shown as its default."""
    value = item.description if field.key == DESCRIPTION else item.user_metadata.get(field.key, field.default)
    if field.kind == "weight":
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return value if is_number else field.default
    text = value if isinstance(value, str) else ""
    return text if field.kind != "choice" or text in field.choices else field.default


def metadata_text(item: Item) -> str:
    """Return what a network's file says about itself, as JSON to be read."""
    return json.dumps(item.metadata, indent=4, ensure_ascii=False, default=str)


def save_details(page: ExtraNetworksPage, item: Item, values: Mapping[str, Any]) -> Path:
    """Write what a person changed beside a network's file. Keys that the editor does not know stay as they are.

    A description that is in a text file is changed there as well, since that is what counts.

    Raises:
        InputError: a value that makes no sense.
        StorageError: the file cannot be written.
    """
    fields = {field.key: field for field in page.editor_fields()}
    changes = {key: _checked(fields[key], value) for key, value in values.items() if key in fields}
    described = changes.get(DESCRIPTION, item.description)
    if described != item.description:
        for path in description_files(item.filename):
            if path.is_file():
                write_atomically(path, described)
    return save_user_metadata(item.filename, changes)


def _checked(field: EditorField, value: Any) -> Any:
    if field.kind == "weight":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_WEIGHT:
            raise InputError(f"{field.label} must be a number from 0 to {LARGEST_WEIGHT:g}.")
        return value
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise InputError(f"{field.label} must be a text of at most {LONGEST_TEXT:,} characters.")
    if field.kind == "choice" and value not in field.choices:
        raise InputError(f"{field.label} must be one of {', '.join(field.choices)}.")
    return value


def save_preview(page: ExtraNetworksPage, item: Item, picture: bytes, settings: Settings) -> Path:
    """Make a picture the one of a network, with the parameters it was made with. Returns its file.

    Raises:
        InputError: it is no picture.
        StorageError: it cannot be written.
    """
    image = load_image(picture)
    target = preview_target(page, item, settings[SAMPLES_FORMAT])
    data = encode_image(image, target.suffix, read_infotext(image).infotext, options=encode_options(settings))
    write_atomically(target, data)
    return target


def preview_target(page: ExtraNetworksPage, item: Item, format_name: str) -> Path:
    """Return where the picture of a network is written: A1111's place, or in place of one that would be shown first."""
    wanted = find_format(format_name)
    ending = wanted.name if wanted is not None else "png"
    usual = item.filename.with_name(f"{item.filename.stem}{page.preview_suffix}.{ending}")
    for path in preview_files(item.filename, [ending]):
        if path == usual:
            break
        if path != item.filename and path.is_file():
            return path
    return usual
