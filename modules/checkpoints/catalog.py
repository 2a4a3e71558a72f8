"""The checkpoints on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CheckpointInfo:
    """One checkpoint file. Example names are those of `sub/x.safetensors`."""

    filename: Path
    name: str
    title: str
    model_name: str
    name_for_extra: str
    sha256: str | None = None
    legacy_hash: str | None = None
    config: Path | None = None
