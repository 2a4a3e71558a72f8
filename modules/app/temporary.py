"""The folder of pictures that are written only for the page to show (`temp_dir`)."""

from __future__ import annotations

import logging
from pathlib import Path

from modules.app.options import CLEAN_TEMPORARY_FOLDER, TEMPORARY_FOLDER
from modules.core.files import temporary_sibling
from modules.core.option_store import OptionStore
from modules.core.paths import Paths

log = logging.getLogger(__name__)


def temporary_folder(paths: Paths, options: OptionStore) -> Path:
    """Return the folder, which may not be there yet."""
    chosen = options[TEMPORARY_FOLDER].strip()
    return paths.data / Path(chosen).expanduser() if chosen else paths.tmp


def require_temporary_folder(paths: Paths, options: OptionStore) -> None:
    """Make sure that pictures can be written into the folder, which is made if it is not there.

    Raises:
        StorageError: they cannot.
    """
    with temporary_sibling(temporary_folder(paths, options) / "picture.png"):
        pass


def clean_temporary_folder(paths: Paths, options: OptionStore) -> None:
    """Delete the PNG files of a folder that was chosen, if the settings say so; the program's own stays as it is."""
    folder = temporary_folder(paths, options)
    if folder == paths.tmp or not options[CLEAN_TEMPORARY_FOLDER]:
        return
    for file in folder.glob("*.png"):
        try:
            file.unlink()
        except OSError as error:
            log.warning("The temporary picture %s cannot be deleted: %s.", file, error.strerror or error)
