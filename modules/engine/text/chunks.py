"""A prompt as chunks of 75 tokens with a weight for each token (contract 5.3, "Chunking")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text.embeddings import PLACEHOLDER_TOKEN, PlacedEmbedding
from modules.engine.text.grammar import BREAK, WeightedText, parse_attention
from modules.engine.text.tokenizer import COMMA_TOKEN, END_TOKEN, START_TOKEN, ClipTokenizer

CHUNK_LENGTH = 75
_NO_EMBEDDINGS = EmbeddingIndex()


@dataclass(frozen=True)
class Chunk:
    """75 tokens between a start and an end token: 77 ids and 77 weights, and vectors that go in place of some ids."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]
    embeddings: tuple[PlacedEmbedding, ...] = ()


@dataclass(frozen=True)
class ChunkedPrompt:
    """At least one chunk; `token_count` counts what the user wrote, padding before a BREAK included."""

    chunks: tuple[Chunk, ...]
    token_count: int

    @property
    def capacity(self) -> int:
        """How many tokens its chunks hold, the 75 of `23/75`."""
        return CHUNK_LENGTH * max(1, -(-self.token_count // CHUNK_LENGTH))


def split_into_chunks(
    prompt: str,
    tokenizer: ClipTokenizer,
    *,
    comma_backtrack: int = 20,
    parse_emphasis: bool = True,
    embeddings: EmbeddingIndex | None = None,
) -> ChunkedPrompt:
    """Tokenize a prompt and lay it out in chunks.

    Args:
        prompt: the text, with attention syntax.
        tokenizer: text to ids.
        comma_backtrack: if a chunk fills up and a comma lies within this many tokens, what follows it moves on.
        parse_emphasis: False takes brackets as plain text.
        embeddings: words with vectors of their own; each takes as many places as it has vectors, all in one chunk.

    Raises:
        InputError: brackets nested too deep.
    """
    pieces = parse_attention(prompt) if parse_emphasis else [WeightedText(prompt, 1.0)]
    layout = ChunkLayout(comma_backtrack)
    for piece in pieces:
        if piece == BREAK:
            layout.next_chunk()
            continue
        layout.add_all(tokenizer.encode(piece.text), piece.weight, embeddings or _NO_EMBEDDINGS)
    return layout.finish()


def empty_chunk() -> Chunk:
    """The chunk of an empty prompt."""
    return _close_chunk([], [], [])


@dataclass
class ChunkLayout:
    """Chunks that are being filled."""

    comma_backtrack: int
    tokens: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    embeddings: list[PlacedEmbedding] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    token_count: int = 0
    last_comma: int | None = None

    def add_all(self, tokens: Sequence[int], weight: float, embeddings: EmbeddingIndex) -> None:
        position = 0
        while position < len(tokens):
            position += self.add_next(tokens, position, weight, embeddings)

    def add_next(self, tokens: Sequence[int], position: int, weight: float, embeddings: EmbeddingIndex) -> int:
        """Add the token at `position`, or the embedding whose name begins there; return how many tokens that was."""
        found = embeddings.find(tokens, position)
        if found is None:
            self.add(tokens[position], weight)
            return 1
        embedding, name_length = found
        self.add_embedding(embedding, weight)
        return name_length

    def add_embedding(self, embedding: Embedding, weight: float) -> None:
        self._make_room()
        if len(self.tokens) + embedding.length > CHUNK_LENGTH:
            self.next_chunk()
        self.embeddings.append(PlacedEmbedding(1 + len(self.tokens), embedding))
        self.tokens += [PLACEHOLDER_TOKEN] * embedding.length
        self.weights += [weight] * embedding.length

    def add(self, token: int, weight: float) -> None:
        if token == COMMA_TOKEN:
            self.last_comma = len(self.tokens)
            if len(self.tokens) == CHUNK_LENGTH:
                self.next_chunk()
        else:
            self._make_room()
        self.tokens.append(token)
        self.weights.append(weight)

    def _make_room(self) -> None:
        if len(self.tokens) == CHUNK_LENGTH and self._comma_is_near():
            self._move_on_from_comma()
        if len(self.tokens) == CHUNK_LENGTH:
            self.next_chunk()

    def _comma_is_near(self) -> bool:
        return self.last_comma is not None and CHUNK_LENGTH - self.last_comma <= self.comma_backtrack

    def _move_on_from_comma(self) -> None:
        assert self.last_comma is not None
        cut = self.last_comma + 1
        tokens, weights = self.tokens[cut:], self.weights[cut:]
        moved = [replace(fix, offset=fix.offset - cut) for fix in self.embeddings if fix.offset > cut]
        self.tokens, self.weights = self.tokens[:cut], self.weights[:cut]
        self.embeddings = self.embeddings[: len(self.embeddings) - len(moved)]
        self.next_chunk()
        self.tokens, self.weights, self.embeddings = tokens, weights, moved

    def next_chunk(self) -> None:
        self.token_count += CHUNK_LENGTH
        self._close()

    def _close(self) -> None:
        self.chunks.append(_close_chunk(self.tokens, self.weights, self.embeddings))
        self.tokens, self.weights, self.embeddings, self.last_comma = [], [], [], None

    def finish(self) -> ChunkedPrompt:
        if self.tokens or not self.chunks:
            self.token_count += len(self.tokens)
            self._close()
        return ChunkedPrompt(tuple(self.chunks), self.token_count)


def _close_chunk(tokens: list[int], weights: list[float], embeddings: list[PlacedEmbedding]) -> Chunk:
    padding = CHUNK_LENGTH - len(tokens)
    return Chunk(
        tokens=(START_TOKEN, *tokens, *[END_TOKEN] * padding, END_TOKEN),
        weights=(1.0, *weights, *[1.0] * padding, 1.0),
        embeddings=tuple(embeddings),
    )
