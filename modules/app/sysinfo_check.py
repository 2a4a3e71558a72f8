"""Whether a sysinfo file is as it was written: a checksum over what it says, in any layout of the JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modules.core.errors import InputError

CHECKSUM = "Checksum"
LARGEST = 8 * 2**20
VALID = "This file is as Easel wrote it."
CHANGED = "This file was changed after Easel wrote it."
FOREIGN = "This is no sysinfo file of Easel: choose the JSON file from Download system info."


def with_checksum(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the info with a checksum over all that JSON keeps of it."""
    plain = json.loads(json.dumps(info, default=str))
    return {**plain, CHECKSUM: _checksum(plain)}


def is_unchanged(path: Path) -> bool:
    """Say whether a file is as it was written.

    Raises:
        InputError: it is no sysinfo file.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(FOREIGN)
        info = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(FOREIGN) from error
    if not isinstance(info, dict) or not isinstance(info.get(CHECKSUM), str):
        raise InputError(FOREIGN)
    return info.pop(CHECKSUM) == _checksum(info)


def _checksum(info: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(info, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
