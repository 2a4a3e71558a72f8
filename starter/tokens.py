"""Words to CLIP token ids: byte-pair encoding with CLIP's own merges.

Source: Sennrich et al. 2016, arXiv:1508.07909; vocabulary order as in OpenAI's CLIP (MIT).
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

START, END, LENGTH = 49406, 49407, 77


def byte_symbols() -> list[str]:
    """The 256 printable characters that stand for bytes, in CLIP's order."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    extra = [b for b in range(256) if b not in kept]
    return [chr(b) for b in kept] + [chr(256 + i) for i in range(len(extra))]


class WordTokenizer:
    """Tokens of single lower-case words; CLIP's encoding never crosses a word's end."""

    def __init__(self, merges_file: Path) -> None:
        lines = gzip.decompress(merges_file.read_bytes()).decode("utf-8").split("\n")
        merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
        symbols = byte_symbols()
        vocabulary = [*symbols, *(s + "</w>" for s in symbols), *("".join(m) for m in merges)]
        self.ids = {token: i for i, token in enumerate(vocabulary)}
        self.ranks = {merge: rank for rank, merge in enumerate(merges)}
        self.encode_word = lru_cache(maxsize=None)(self._encode_word)

    def _encode_word(self, word: str) -> tuple[int, ...]:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self.ranks.get(pair, 1 << 30))
            if best not in self.ranks:
                break
            parts = _merge(parts, best)
        return tuple(self.ids[part] for part in parts)

    def whole_words(self) -> list[str]:
        """Words of letters that are a single token, for use as distractors."""
        return [t[:-4] for t in self.ids if t.endswith("</w>") and t[:-4].isascii() and t[:-4].isalpha() and len(t) > 6]


def _merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """`parts` with every neighbouring `pair` joined."""
    out: list[str] = []
    i = 0
    while i < len(parts):
        joined = i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair
        out.append(parts[i] + parts[i + 1] if joined else parts[i])
        i += 2 if joined else 1
    return out
