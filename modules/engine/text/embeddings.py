"""Vectors of embeddings in the places of a prompt's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from modules.engine.networks.embeddings import Embedding

PLACEHOLDER_TOKEN = 0
"""The id in the places of an embedding's vectors; what it stands for is never used."""


@dataclass(frozen=True)
class PlacedEmbedding:
    """An embedding in a chunk; `offset` counts tokens from the start token, which is at 0."""

    offset: int
    embedding: Embedding


@contextmanager
def embeddings_in_place(
    token_embedding: nn.Module, rows: Sequence[Sequence[PlacedEmbedding]], encoder: int = 0
) -> Iterator[None]:
    """Let a text encoder see vectors in place of tokens.

    Args:
        token_embedding: the layer from ids (B, 77) to vectors (B, 77, width).
        rows: for each row of the batch, what to put where.
        encoder: which of an embedding's vectors are this encoder's.
    """
    if not any(rows):
        yield
        return

    def put(_module: nn.Module, _inputs: tuple[Tensor, ...], vectors: Tensor) -> Tensor:
        replaced = vectors.clone()
        for row, placed in enumerate(rows):
            for fix in placed:
                own = fix.embedding.vectors[encoder].to(vectors.device, vectors.dtype)
                replaced[row, fix.offset : fix.offset + own.shape[0]] = own
        return replaced

    hook = token_embedding.register_forward_hook(put)
    try:
        yield
    finally:
        hook.remove()
