r"""Attention: `(word)` x 1.1, `[word]` / 1.1, `(word:1.5)`, escapes `\(`, and BREAK.

The rules are A1111's (contract 5.3); unbalanced brackets are forgiven: an unclosed one counts to the end, a stray
closing one is plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modules.core.errors import InputError

ROUND_WEIGHT = 1.1
SQUARE_WEIGHT = 1 / 1.1
DEEPEST_NESTING = 300

_TOKENS = re.compile(
    r"""\\[()\[\]\\]                        # an escaped bracket or backslash
      | \\                                  # any other backslash, which vanishes
      | [(\[]                               # an opening bracket
      | :\s*(?P<weight>[+-]?[.\d]+)\s*\)    # a closing bracket with its weight
      | [)\]]                               # a closing bracket
      | [^\\()\[\]:]+
      | :""",
    re.VERBOSE,
)
_BREAK = re.compile(r"\s*\bBREAK\b\s*")


@dataclass(frozen=True)
class WeightedText:
    """A piece of a prompt with its attention weight."""

    text: str
    weight: float


BREAK = WeightedText("BREAK", -1.0)
"""Not text: here the next chunk begins."""


def parse_attention(prompt: str) -> list[WeightedText]:
    """Split a prompt into pieces of equal weight.

    Raises:
        InputError: brackets nested more than 300 deep, which no prompt means.
    """
    pieces = _Pieces()
    for token in _TOKENS.finditer(prompt):
        pieces.take(token.group(), token["weight"])
    return pieces.finish()


class _Pieces:
    """The pieces read so far, and where the open brackets began."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, float]] = []
        self._open: dict[str, list[int]] = {"(": [], "[": []}

    def take(self, token: str, weight: str | None) -> None:
        if token[0] == "\\":
            self._pieces.append((token[1:], 1.0))
        elif token in self._open:
            self._begin(token)
        elif weight is not None and self._open["("] and (number := _number(weight)) is not None:
            self._end("(", number)
        elif token == ")" and self._open["("]:
            self._end("(", ROUND_WEIGHT)
        elif token == "]" and self._open["["]:
            self._end("[", SQUARE_WEIGHT)
        else:
            self._add_text(token)

    def finish(self) -> list[WeightedText]:
        for bracket, weight in (("(", ROUND_WEIGHT), ("[", SQUARE_WEIGHT)):
            while self._open[bracket]:
                self._end(bracket, weight)
        return _join_equal_weights(self._pieces) or [WeightedText("", 1.0)]

    def _begin(self, bracket: str) -> None:
        self._open[bracket].append(len(self._pieces))
        if len(self._open["("]) + len(self._open["["]) > DEEPEST_NESTING:
            raise InputError(f"The prompt nests brackets more than {DEEPEST_NESTING} deep; remove some of them.")

    def _end(self, bracket: str, weight: float) -> None:
        start = self._open[bracket].pop()
        self._pieces[start:] = [(text, own * weight) for text, own in self._pieces[start:]]

    def _add_text(self, text: str) -> None:
        for index, part in enumerate(_BREAK.split(text)):
            if index > 0:
                self._pieces.append((BREAK.text, BREAK.weight))
            self._pieces.append((part, 1.0))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _join_equal_weights(pieces: list[tuple[str, float]]) -> list[WeightedText]:
    joined: list[tuple[list[str], float]] = []
    for text, weight in pieces:
        if joined and joined[-1][1] == weight:
            joined[-1][0].append(text)
        else:
            joined.append(([text], weight))
    return [WeightedText("".join(texts), weight) for texts, weight in joined]
