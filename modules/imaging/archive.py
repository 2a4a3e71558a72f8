"""Zip files of pictures."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from modules.core.errors import StorageError
from modules.imaging.save import claim, claimed


def write_zip(files: Sequence[Path], folder: Path, stem: str) -> Path:
    """Write files into a new zip file, by their names alone, and return it; never over another.

    Raises:
        StorageError: a file cannot be read, or the zip file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = claim(folder, _numbered(stem, ".zip"))
        with claimed(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for file, name in _named(files).items():
                archive.write(file, name)
    except OSError as error:
        raise StorageError(
            f"The pictures are saved, but not their zip file in {folder} ({error.strerror or error}): free some disk "
            "space, or choose a folder that can be written in Settings, Paths for saving."
        ) from error
    return path


def _numbered(stem: str, extension: str) -> Iterator[str]:
    yield f"{stem}{extension}"
    for number in itertools.count(1):
        yield f"{stem}-{number}{extension}"


def _named(files: Sequence[Path]) -> dict[Path, str]:
    """Return a name for each file; those of different folders may have the same one."""
    names: dict[Path, str] = {}
    for file in files:
        taken = set(names.values())
        names[file] = next(name for name in _numbered(file.stem, file.suffix) if name not in taken)
    return names
