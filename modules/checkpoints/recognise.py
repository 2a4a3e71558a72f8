"""Which of the files in the checkpoint folders can be run at all."""

from __future__ import annotations

import logging

from modules.checkpoints.catalog import CheckpointCatalog, CheckpointInfo
from modules.checkpoints.families import detect_family
from modules.checkpoints.header import read_header
from modules.core.errors import CheckpointError

log = logging.getLogger(__name__)


def is_recognised(info: CheckpointInfo) -> bool:
    """Say whether a file's header is whole and of a family we run. Reads a few kilobytes."""
    if not info.is_safetensors:
        return False
    try:
        detect_family(read_header(info.filename).shapes, info.filename.name)
    except CheckpointError as error:
        log.warning("%s", error)
        return False
    return True


def default_checkpoint(catalog: CheckpointCatalog) -> CheckpointInfo:
    """Return the checkpoint to begin with when none was chosen: the first that can be run, else the starter.

    Raises:
        CheckpointError: there is none at all.
    """
    preferred = catalog.default()
    for info in (preferred, *catalog.all()):
        if is_recognised(info):
            return info
    return catalog.starter() or preferred
