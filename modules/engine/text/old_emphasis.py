"""Attention as A1111 read it in its first month, kept for old pictures (setting "Old emphasis implementation").

Brackets are found among the tokens: each `(` multiplies all that follows by 1.1 and each `)` divides it, `[` and `]`
the other way round. Numbers have no meaning, and what goes beyond 75 tokens is cut off.
"""

from __future__ import annotations

import math
from functools import cache

from modules.engine.networks.embeddings import EmbeddingIndex
from modules.engine.text.chunks import CHUNK_LENGTH, ChunkedPrompt, ChunkLayout
from modules.engine.text.tokenizer import ClipTokenizer

_FACTORS = {"(": 1.1, ")": 1 / 1.1, "[": 1 / 1.1, "]": 1.1}


def old_chunk(text: str, tokenizer: ClipTokenizer, embeddings: EmbeddingIndex | None = None) -> ChunkedPrompt:
    """Return the one chunk of a prompt."""
    embeddings = embeddings or EmbeddingIndex()
    factors = _bracket_tokens(tokenizer)
    layout = ChunkLayout(comma_backtrack=0)
    tokens, weight, position = tokenizer.encode(text), 1.0, 0
    while position < len(tokens) and not layout.chunks:
        if tokens[position] in factors:
            weight *= factors[tokens[position]]
            position += 1
        else:
            position += layout.add_next(tokens, position, weight, embeddings)
    finished = layout.finish()
    return ChunkedPrompt(finished.chunks[:1], min(finished.token_count, CHUNK_LENGTH))


@cache
def _bracket_tokens(tokenizer: ClipTokenizer) -> dict[int, float]:
    """Return what each token with brackets in it does to the weight; one that opens as much as it closes is text."""
    factors = {
        token: math.prod(_FACTORS.get(character, 1.0) for character in symbol)
        for symbol, token in tokenizer.vocabulary.items()
        if _FACTORS.keys() & set(symbol)
    }
    return {token: factor for token, factor in factors.items() if factor != 1.0}
