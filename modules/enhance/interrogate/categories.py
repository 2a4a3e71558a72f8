"""What pictures are compared with: lines of text files in the folder `interrogate/`, one a category (contract 7.11)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

TOP = re.compile(r"(?P<name>.+)\.top(?P<count>\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Category:
    """Lines of one file.

    Attributes:
        top: how many of the best lines are taken.
    """

    name: str
    top: int
    lines: tuple[str, ...]


def read_categories(folder: Path, skipped: Collection[str] = (), limit: int = 0) -> list[Category]:
    """Return the categories by name; files without lines, and those that cannot be read, are left out.

    Args:
        folder: of the files; `name.topN.txt` says how many lines are taken, otherwise one is.
        skipped: names, with or without `.topN`.
        limit: the most lines that count; 0 is no limit.
    """
    if not folder.is_dir():
        return []
    found: list[Category] = []
    for path in sorted(folder.glob("*.txt")):
        match = TOP.fullmatch(path.stem)
        name, top = (match["name"], int(match["count"])) if match else (path.stem, 1)
        lines = _lines(path)
        if lines and not {name, path.stem} & set(skipped):
            found.append(Category(name, max(top, 1), tuple(lines[:limit] if limit > 0 else lines)))
    return found


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
