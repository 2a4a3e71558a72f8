"""The files beside a network's file: its preview picture, its description, and what a person wrote about it.

`x.safetensors` has its picture in `x.png` or `x.preview.png`, its description in `x.txt` or `x.description.txt`, and
all else in `x.json`, under A1111's keys.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modules.core.files import read_json_file, write_json
from modules.networks.cover_images import Remembered

log = logging.getLogger(__name__)

PICTURES = ("png", "jpg", "jpeg", "webp", "gif")
DESCRIPTION = "description"
DESCRIPTIONS = (".txt", ".description.txt")
LARGEST_TEXT = 2**20

_ONE_WRITER = threading.Lock()
"""So that two changes of a file do not undo each other."""


@dataclass(frozen=True)
class FilesBeside:
    """What was found beside a network.

    Attributes:
        preview: its picture.
        description: of it, in words.
        metadata: what its JSON file holds; empty without one, or with one that cannot be read.
    """

    preview: Path | None = None
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


class FolderNames:
    """The names in folders, each folder listed once: one look for each file would be many thousands of looks."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}

    def names(self, folder: Path) -> frozenset[str]:
        """Return the names in a folder; none if it cannot be read."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))  # noqa: PTH208 - names alone are wanted
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]


class NetworkNotes:
    """Reads what is beside networks. Safe with threads."""

    def __init__(self) -> None:
        self._texts = Remembered(read_text, "")

    def beside(self, path: Path, folders: FolderNames, formats: Sequence[str] = ()) -> FilesBeside:
        """Look beside a network.

        Args:
            path: its file.
            folders: for a single pass over many networks.
            formats: of pictures, besides the usual ones.
        """
        names = folders.names(path.parent)
        notes = user_metadata_file(path)
        metadata = read_metadata(self._texts.of(notes), notes) if notes.name in names else {}
        words = _first(path, DESCRIPTIONS, names)
        described = self._texts.of(words) if words else metadata.get(DESCRIPTION)
        preview = _first(path, picture_endings(formats), names)
        return FilesBeside(preview, str(described or "").strip(), metadata)


def read_text(path: Path) -> str:
    """Return a text; one that is too long counts as none.

    Raises:
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST_TEXT:
        log.warning("%s is left out: it has more than %s bytes.", path, f"{LARGEST_TEXT:,}")
        return ""
    return path.read_text(encoding="utf-8-sig", errors="replace")


def preview_files(path: Path, formats: Sequence[str] = ()) -> Iterator[Path]:
    """Yield where the picture of a network may be, the best place first; the network itself comes last."""
    places = [_beside(path, ending) for ending in picture_endings(formats)]
    yield from sorted(places, key=lambda place: place == path)


def picture_endings(formats: Sequence[str] = ()) -> list[str]:
    """Return what a picture has in its name behind that of its network, the best place first."""
    endings = list(dict.fromkeys([*PICTURES, *(name.lower() for name in formats)]))
    return [f"{middle}.{ending}" for middle in ("", ".preview") for ending in endings]


def description_files(path: Path) -> Iterator[Path]:
    """Yield where the description of a network may be, the best place first."""
    yield from (_beside(path, ending) for ending in DESCRIPTIONS)


def user_metadata_file(path: Path) -> Path:
    """Return where a person's notes on a network are."""
    return _beside(path, ".json")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.stem + ending)


def _first(path: Path, endings: Iterable[str], names: frozenset[str]) -> Path | None:
    """Return the first file with one of the endings that is among the names; the network itself comes last."""
    stem = path.stem
    found = [name for ending in endings if (name := stem + ending) in names]
    others = [name for name in found if name != path.name]
    return path.with_name((others or found)[0]) if found else None


def read_metadata(text: str, path: Path) -> dict[str, Any]:
    """Return what a JSON file says; a file that is no object of JSON says nothing."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        log.warning("%s is left out: %s", path, error)
        return {}
    return found if isinstance(found, dict) else {}


def save_user_metadata(path: Path, changes: Mapping[str, Any]) -> Path:
    """Write a person's notes on a network into its JSON file. What else that holds is kept.

    Args:
        path: the network's file.
        changes: by key; None takes a key away.

    Raises:
        StorageError: the file holds no object, and was put aside as `x.json.broken`; or it cannot be written.
    """
    target = user_metadata_file(path)
    with _ONE_WRITER:
        found = read_json_file(target, set_aside=target.with_name(target.name + ".broken"))
        write_json(target, {key: value for key, value in {**found, **changes}.items() if value is not None})
    return target
