"""`AND`: several prompts, each with a weight, that draw one picture together (contract 5.3).

Source: Liu et al. 2022, arXiv:2206.01714; the notation is A1111's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AND = re.compile(r"\bAND\b")
_WEIGHT = re.compile(r":\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\Z")


@dataclass(frozen=True)
class PromptPart:
    """One of the prompts joined by AND."""

    text: str
    weight: float


def split_composition(prompt: str) -> list[PromptPart]:
    """Split a prompt at AND. A part may end in `:weight`, also if it is the only one; weights may be negative."""
    return [_read_part(part) for part in _AND.split(prompt)]


def _read_part(text: str) -> PromptPart:
    stripped = text.rstrip()
    found = _WEIGHT.search(stripped, max(0, stripped.rfind(":")))
    if found is None:
        return PromptPart(stripped, 1.0)
    return PromptPart(stripped[: found.start()].rstrip(), float(found[1]))
