"""Textual inversion: words with vectors of their own, found in a prompt by their tokens.

Source: Gal et al. 2022, arXiv:2208.01618; how words are found is A1111's (contract 5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor


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


class EmbeddingIndex:
    """Embeddings that fit one kind of model, by the tokens of their names. Never changed once made."""

    def __init__(
        self,
        embeddings: Iterable[tuple[Sequence[int], Embedding]] = (),
        guests: Iterable[tuple[Sequence[int], Embedding]] = (),
    ) -> None:
        """Take embeddings with the tokens of their names: at least one each, and no two names the same.

        Args:
            embeddings: of the embeddings folder.
            guests: those that come with networks for a time; they win over others with the same name.
        """
        self._own = {tuple(tokens): embedding for tokens, embedding in embeddings}
        self._guests = {tuple(tokens): embedding for tokens, embedding in guests}
        self._named = {**self._own, **self._guests}
        self._lengths: dict[int, list[int]] = {}
        for first, length in sorted({(name[0], len(name)) for name in self._named}, reverse=True):
            self._lengths.setdefault(first, []).append(length)

    def __len__(self) -> int:
        return len(self._named)

    def with_guests(self, guests: Iterable[tuple[Sequence[int], Embedding]]) -> EmbeddingIndex:
        """Return the index with these guests in place of those that it has."""
        invited = {tuple(tokens): embedding for tokens, embedding in guests}
        return self if invited == self._guests else EmbeddingIndex(self._own.items(), invited.items())

    def find(self, tokens: Sequence[int], position: int) -> tuple[Embedding, int] | None:
        """Return the embedding whose name begins at `position`, the longest, and its number of tokens."""
        for length in self._lengths.get(tokens[position], ()):
            embedding = self._named.get(tuple(tokens[position : position + length]))
            if embedding is not None:
                return embedding, length
        return None
