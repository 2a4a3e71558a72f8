"""Pictures of a batch: what a folder holds, and which mask or saved parameters belong to which (contract 5.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from modules.core.errors import InputError
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".bmp"})
LARGEST_FILE = 256 * 2**20
NUMBERS = re.compile(r"(\d+)")
NAMED_FILES = 5
"""So many files are named in a note; the others are counted."""


@dataclass(frozen=True)
class PictureFile:
    """A file on disk.

    Attributes:
        path: where it is.
        name: as people know it: below its folder, or as it was called where it was uploaded from.
    """

    path: Path
    name: str

    @property
    def stem(self) -> str:
        """The file's name without folders and extension."""
        return Path(self.name).stem


@dataclass(frozen=True)
class Listing:
    """Attributes: pictures: in natural order, `2.png` before `10.png`; others: names of files that are none."""

    pictures: tuple[PictureFile, ...]
    others: tuple[str, ...] = ()


def list_folder(folder: Path, what: str, *, without: Iterable[Path] = ()) -> Listing:
    """Look for pictures in a folder and those below it; hidden ones are passed over.

    Args:
        folder: where.
        what: the folder's name on the page.
        without: folders below it that are not looked into.

    Raises:
        InputError: there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{what}: there is no folder {shown(folder)}.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"{what}: the folder {shown(folder)} cannot be read.")
    left_out = {path.resolve() for path in without} - {folder.resolve()}
    found: list[PictureFile] = []
    for place, subfolders, names in os.walk(folder):
        here = Path(place)
        subfolders[:] = [
            name for name in subfolders if not name.startswith(".") and (here / name).resolve() not in left_out
        ]
        found += [
            PictureFile(here / name, (here / name).relative_to(folder).as_posix())
            for name in names
            if not name.startswith(".")
        ]
    return list_files(found)


def list_files(files: Iterable[PictureFile]) -> Listing:
    """Sort files into pictures and others, by their names."""
    ordered = sorted(files, key=lambda file: natural_order(file.name))
    is_picture = [Path(file.name).suffix.lower() in EXTENSIONS for file in ordered]
    return Listing(
        tuple(file for file, fits in zip(ordered, is_picture, strict=True) if fits),
        tuple(file.name for file, fits in zip(ordered, is_picture, strict=True) if not fits),
    )


def natural_order(name: str) -> list[tuple[int, str]]:
    """Return what sorts names as people do: by the values of the numbers in them."""
    parts = NUMBERS.split(name.casefold())
    return [(int(part), "") if i % 2 else (0, part) for i, part in enumerate(parts)]


def open_picture(file: PictureFile) -> Image.Image:
    """Open a file, with its EXIF rotation carried out.

    Raises:
        InputError: it is gone, too large, or no picture.
    """
    try:
        if file.path.stat().st_size > LARGEST_FILE:
            raise InputError(f"the file is larger than {LARGEST_FILE // 2**20} MB.")
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror or error}).") from error
    return ImageOps.exif_transpose(load_image(file.path))


def mask_of(picture: PictureFile, masks: Sequence[PictureFile]) -> PictureFile | None:
    """Return the mask of a picture: the only one there is, or the one of the same name; None if there is none."""
    if len(masks) == 1:
        return masks[0]
    return next((mask for mask in masks if mask.stem == picture.stem), None)


def written_parameters(picture: PictureFile, folder: Path | None) -> str | None:
    """Return the parameters in a picture, or in the file of the same name in another folder.

    Raises:
        InputError: that file cannot be read.
    """
    if folder is None:
        return read_infotext(load_image(picture.path)).infotext
    named = [folder / picture.name, folder / Path(picture.name).name]
    candidates = [*named, *(path.with_suffix(extension) for path in named for extension in sorted(EXTENSIONS))]
    place = next((path for path in candidates if path.is_file()), None)
    return read_infotext(load_image(place)).infotext if place else None


def name_some(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    more = len(names) - NAMED_FILES
    some = ", ".join(shown(name) for name in names[:NAMED_FILES])
    return f"{some} and {more} more" if more > 0 else some


def shown(name: str | Path, longest: int = 200) -> str:
    """Return a name as it can be put into a sentence."""
    text = str(name).encode("utf-8", "replace").decode()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
