"""Finding checkpoint files in folders."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIXES = (".safetensors", ".ckpt")
VAE_SUFFIXES = (".vae.safetensors", ".vae.ckpt")


def find_checkpoint_files(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the checkpoint files below some folders by their names relative to them; of equal names the first wins.

    Links are followed. VAEs (`x.vae.safetensors`) and what macOS leaves beside files (`._x.safetensors`) are not
    checkpoints.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in files_below(folder):
            name = path.name.lower()
            if name.endswith(SUFFIXES) and not name.endswith(VAE_SUFFIXES) and not name.startswith("._"):
                found.setdefault(printable(path.relative_to(folder).as_posix()), path)
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted; each real folder is visited once, so that links in a circle end."""
    visited: set[str] = set()
    for parent, subfolders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders.sort()
        yield from (path for file in sorted(files) if os.path.isfile(path := Path(parent, file)))  # noqa: PTH113 - no raise


def printable(name: str) -> str:
    """Replace what no page, JSON or infotext could carry in a file name: bytes that are no UTF-8, and line ends."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join("?" if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)


def natural_key(name: str) -> list[tuple[int, int | str]]:
    """Return a sorting key that puts `v9` before `v10`, without regard to case."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]
