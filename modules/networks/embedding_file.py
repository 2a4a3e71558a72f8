"""One textual inversion on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError
from modules.engine.networks.embeddings import Embedding
from modules.networks.embedding_data import LARGEST_FILE, read_data, vectors_in

SHORT_HASH = 12


@dataclass(frozen=True, eq=False)
class EmbeddingFile:
    """A textual inversion and what its file says about its training.

    Attributes:
        name: what to write in the prompt: the file's name without its ending.
        vectors: for each text encoder (n, width) float32.
        sha256: of the file; None with --no-hashing.
    """

    name: str
    path: Path
    vectors: tuple[Tensor, ...]
    sha256: str | None = None
    step: int | None = None
    sd_checkpoint: str | None = None
    sd_checkpoint_name: str | None = None

    @property
    def length(self) -> int:
        """How many vectors it has."""
        return self.vectors[0].shape[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """The width of the vectors for each text encoder."""
        return tuple(vectors.shape[1] for vectors in self.vectors)

    @cached_property
    def embedding(self) -> Embedding:
        """What the engine needs of it."""
        return Embedding(self.name, self.vectors, self.sha256[:SHORT_HASH] if self.sha256 else None)


def read_embedding_file(path: Path, *, hashing: bool = True) -> EmbeddingFile | None:
    """Read a textual inversion, or return None for a picture that holds none.

    Raises:
        CheckpointError: it cannot be read, or is no textual inversion.
    """
    name = printable(path.name)
    data = _read_bytes(path, name)
    content = None if data is None else read_data(path, data, name)
    if data is None or content is None:
        return None
    return EmbeddingFile(
        name=printable(path.stem),
        path=path,
        vectors=vectors_in(content, name),
        sha256=hashlib.sha256(data).hexdigest() if hashing else None,
        step=step if isinstance(step := content.get("step"), int) else None,
        sd_checkpoint=_text(content, "sd_checkpoint"),
        sd_checkpoint_name=_text(content, "sd_checkpoint_name"),
    )


def _read_bytes(path: Path, name: str) -> bytes | None:
    try:
        size = path.stat().st_size
        if size <= LARGEST_FILE:
            return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}).") from error
    if path.suffix.lower() == ".png":
        return None
    raise CheckpointError(f"{name} has {size:,} bytes, too many for a textual inversion: does it belong elsewhere?")


def _text(content: Mapping[str, Any], key: str) -> str | None:
    value = content.get(key)
    return printable(value) if isinstance(value, str) else None
