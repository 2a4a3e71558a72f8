"""The hash by which LoRAs are known: over a safetensors file without its header, which holds texts that people edit."""

from __future__ import annotations

import hashlib
from pathlib import Path

from modules.checkpoints.header import LENGTH_BYTES
from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError

SHORT_HASH = 12


def data_hash(path: Path) -> str:
    """Return the SHA-256 (64 hex digits) of what follows the header; of the whole file, if it is no safetensors one.

    Source: the hash that kohya's scripts write as `sshs_model_hash` (contract 5.14).

    Raises:
        CheckpointError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            if path.suffix.lower() == ".safetensors":
                length = int.from_bytes(file.read(LENGTH_BYTES), "little")
                file.seek(LENGTH_BYTES + length)
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, OverflowError) as error:
        raise CheckpointError(f"{printable(path.name)} cannot be read ({error}).") from error
