"""Textual inversion: words with vectors of their own, found in a prompt by their tokens.

Source: Gal et al. 2022, arXiv:2208.01618; how words are found is A1111's (contract 5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from modules.engine.text.tokenizer import default_tokenizer

PLACEHOLDER_TOKEN = 0
"""The id in the places of an embedding's vectors; what it stands for is never used."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """A word taught to a text encoder.

    Attributes:
        name: what to write in the prompt.
        vectors: for each text encoder (n, width) float32; SDXL has two encoders, of one n.
        short_hash: 12 hex digits of the file's SHA-256, if known.
    """

    name: str
    vectors: tuple[Tensor, ...]
    short_hash: str | None = None

    @property
    def length(self) -> int:
        """How many tokens it takes the place of."""
        return self.vectors[0].shape[0]


@dataclass(frozen=True)
class PlacedEmbedding:
    """An embedding in a chunk; `offset` counts tokens from the start token, which is at 0."""

    offset: int
    embedding: Embedding


class EmbeddingIndex:
    """Embeddings that fit one kind of model, by the tokens of their names. Never changed once made."""

    def __init__(self, embeddings: Iterable[Embedding] = ()) -> None:
        """Of two names with the same tokens, such as `Cat` and `cat`, the first one counts."""
        self._by_first: dict[int, list[tuple[tuple[int, ...], Embedding]]] = {}
        seen: set[tuple[int, ...]] = set()
        for embedding in embeddings:
            tokens = tuple(default_tokenizer().encode(embedding.name))
            if tokens and tokens not in seen:
                seen.add(tokens)
                self._by_first.setdefault(tokens[0], []).append((tokens, embedding))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda candidate: len(candidate[0]), reverse=True)

    def __len__(self) -> int:
        return sum(map(len, self._by_first.values()))

    def find(self, tokens: Sequence[int], position: int) -> tuple[Embedding, int] | None:
        """Return the embedding whose name begins at `position`, the longest, and its number of tokens."""
        for name, embedding in self._by_first.get(tokens[position], ()):
            if tuple(tokens[position : position + len(name)]) == name:
                return embedding, len(name)
        return None


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
