"""CLIP's byte-pair tokenizer, without transformers (which takes seconds to import).

Source: Radford et al. 2021, arXiv:2103.00020; byte-pair merges of Sennrich et al. 2016, arXiv:1508.07909.
Ids equal those of the tokenizer that A1111 uses; `tests/golden/test_prompt_parser.py` compares 172 prompts.
"""

from __future__ import annotations

import gzip
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import ftfy
import regex

VOCABULARY_FILE = Path(__file__).parent / "data" / "bpe_simple_vocab_16e6.txt.gz"
MERGE_COUNT = 49152 - 256 - 2

START_TOKEN = 49406
END_TOKEN = 49407
COMMA_TOKEN = 267
SPECIAL_TOKENS = {"<|startoftext|>": START_TOKEN, "<|endoftext|>": END_TOKEN}

_SPECIAL = regex.compile("|".join(map(regex.escape, SPECIAL_TOKENS)), regex.IGNORECASE)
_WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE)
_SPACES = regex.compile(r"\s+")
_WORD_END = "</w>"
_LONGEST_PART = 500  # merging takes time in the square of a word's length


class ClipTokenizer:
    """Text to token ids. The vocabulary is read on first use (0.1 s)."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`, without the start and end tokens."""
        ids: list[int] = []
        position = 0
        for special in _SPECIAL.finditer(text):
            ids += self._encode_plain(text[position : special.start()])
            ids.append(SPECIAL_TOKENS[special.group().lower()])
            position = special.end()
        return ids + self._encode_plain(text[position:])

    def _encode_plain(self, text: str) -> list[int]:
        cleaned = _SPACES.sub(" ", ftfy.fix_text(text)).strip().lower()
        return [token for word in _WORDS.findall(cleaned) for part in _parts(word) for token in self._encode_word(part)]

    @lru_cache(maxsize=50_000)  # noqa: B019 - there is one tokenizer, alive as long as the program
    def _encode_word(self, word: str) -> tuple[int, ...]:
        symbols = [_byte_symbols()[byte] for byte in word.encode("utf-8", "replace")]
        symbols[-1] += _WORD_END
        while len(symbols) > 1:
            first = min(pairwise(symbols), key=lambda pair: self._ranks.get(pair, MERGE_COUNT))
            if first not in self._ranks:
                break
            symbols = _merge(symbols, first)
        return tuple(self.vocabulary[symbol] for symbol in symbols)

    @cached_property
    def _merges(self) -> list[tuple[str, str]]:
        lines = gzip.decompress(VOCABULARY_FILE.read_bytes()).decode("utf-8").split("\n")
        return [(left, right) for left, right in (line.split() for line in lines[1 : MERGE_COUNT + 1])]

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        return {pair: rank for rank, pair in enumerate(self._merges)}

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Symbol to id: bytes, bytes that end a word, merges, the two special tokens; 49408 in all."""
        singles = sorted(_byte_symbols().values(), key=_symbol_order)
        symbols = singles + [single + _WORD_END for single in singles]
        symbols += [left + right for left, right in self._merges]
        return {symbol: index for index, symbol in enumerate([*symbols, *SPECIAL_TOKENS])}


def _parts(word: str) -> list[str]:
    return [word[start : start + _LONGEST_PART] for start in range(0, len(word), _LONGEST_PART)]


def _merge(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    index = 0
    while index < len(symbols):
        if tuple(symbols[index : index + 2]) == pair:
            merged.append(pair[0] + pair[1])
            index += 2
        else:
            merged.append(symbols[index])
            index += 1
    return merged


@cache
def _byte_symbols() -> dict[int, str]:
    """A printable character for every byte: itself where it is printable, else one from U+0100 upwards."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def _symbol_order(symbol: str) -> tuple[bool, str]:
    return (ord(symbol) >= 256, symbol)


@cache
def default_tokenizer() -> ClipTokenizer:
    """Return the one tokenizer."""
    return ClipTokenizer()
