"""Show a folder in the file manager of the machine that the program runs on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from modules.core.errors import StorageError


def open_folder(folder: Path) -> None:
    """Open the folder, made first if it is not there.

    Raises:
        StorageError: it cannot be made, or this machine has no file manager; the message names the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be made: {error.strerror or error}.") from error
    command = file_manager()
    if command is None:
        raise StorageError(f"This machine has no file manager to open; the pictures are in {folder}.")
    try:
        subprocess.Popen([command, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise StorageError(f"The file manager did not start; the pictures are in {folder}.") from error


def file_manager() -> str | None:
    """Return the command that opens folders."""
    if sys.platform == "win32":
        return "explorer"
    return shutil.which("open" if sys.platform == "darwin" else "xdg-open")
