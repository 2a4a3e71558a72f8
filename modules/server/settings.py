"""Every setting is declared where it is read; the program as a whole knows them all, also those of parts not in use."""

from __future__ import annotations

import importlib
from pathlib import Path

MODULES = Path(__file__).resolve().parents[1]


def declare_settings() -> None:
    """Import every `options.py`: the page's settings can be read and set by the API without a page, too."""
    for path in sorted(MODULES.glob("*/*options.py")):
        importlib.import_module(f"modules.{path.parent.name}.{path.stem}")
