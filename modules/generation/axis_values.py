"""The values of an axis of the X/Y/Z plot as people type them: lists, ranges, permutations (contract 7.1)."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations

from modules.core.errors import InputError
from modules.core.registry import shorten

MOST_VALUES = 1000
"""On one axis."""

_END = "end"
"""Written after a list; a quote that is not closed swallows it."""

_NUMBER = r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)"
_STEPS = re.compile(rf"{_NUMBER}\s*-\s*{_NUMBER}\s*(?:\(\s*{_NUMBER}\s*\))?")
_COUNT = re.compile(rf"{_NUMBER}\s*-\s*{_NUMBER}\s*\[\s*([0-9]+)\s*\]")


def split_list(text: str) -> list[str]:
    """Split at commas and line ends; what stands in double quotes stays together.

    Raises:
        InputError: a quote is not closed.
    """
    if len(text) > csv.field_size_limit():
        raise InputError(f"The list of values has {len(text):,} characters; shorten it.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    *rows, last = csv.reader(io.StringIO(f"{text}\n{_END}"), skipinitialspace=True)
    if last != [_END]:
        raise InputError(
            f"A quote is not closed in the list of values {shorten(text)!r}: "
            'write a value that has a comma as "a, b", and a quote in it as "".'
        )
    return [value.strip() for row in rows for value in row]


def join_list(values: Iterable[object]) -> str:
    """Return the text that `split_list` takes apart again."""
    out = io.StringIO()
    csv.writer(out).writerow([str(value) for value in values])
    return out.getvalue().rstrip("\r\n")


def whole_numbers(texts: Sequence[str]) -> list[int]:
    """Read whole numbers and their ranges: `3`, `1-5`, `1-9(+2)`, `1-10 [4]`.

    Raises:
        InputError: no such thing, or too many values.
    """
    return [int(value) for value in _numbers(texts, "whole numbers", _whole_range)]


def decimal_numbers(texts: Sequence[str]) -> list[float]:
    """Read numbers and their ranges: `0.5`, `0-1(+0.25)`, `0-1 [5]`.

    Raises:
        InputError: no such thing, or too many values.
    """
    return [float(value) for value in _numbers(texts, "numbers", _decimal_range)]


def orders(texts: Sequence[str]) -> list[list[str]]:
    """Return all orders of the values.

    Raises:
        InputError: there are too many.
    """
    _check_count(math.factorial(min(len(texts), 30)))
    return [list(order) for order in permutations(texts)]


def _numbers(
    texts: Sequence[str], kind: str, read_range: Callable[[str, str, str], Iterable[float]]
) -> Iterator[float]:
    count = 0
    for text in (text for text in texts if text):
        for value in _read(text, kind, read_range):
            count += 1
            _check_count(count)
            yield value


def _read(text: str, kind: str, read_range: Callable[[str, str, str], Iterable[float]]) -> Iterable[float]:
    whole = kind == "whole numbers"
    try:
        if match := _STEPS.fullmatch(text):
            return read_range(match[1], match[2], match[3] or "")
        if match := _COUNT.fullmatch(text):
            evenly = _evenly(float(match[1]), float(match[2]), int(match[3]))
            return [int(value) for value in evenly] if whole else evenly
        value = int(text) if whole else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        ranges = "1-5, 1-9(+2) or 1-10 [4]" if whole else "0-1(+0.25) or 0-1 [5]"
        raise InputError(f"{shorten(text)!r} is not among {kind} and their ranges, such as {ranges}.")
    return [value]


def _whole_range(first: str, last: str, step: str) -> Iterable[float]:
    start, end = int(first), int(last)
    return range(start, end + (1 if end >= start else -1), int(_step(start, end, int(step or 0), step)))


def _decimal_range(first: str, last: str, step: str) -> Iterable[float]:
    start, end = float(first), float(last)
    by = _step(start, end, float(step or 0), step)
    count = math.floor((end - start) / by + 1e-9) + 1
    _check_count(count)
    return [start + i * by for i in range(count)]


def _step(start: float, end: float, step: float, written: str) -> float:
    """Return the step of a range; towards the end where none is written."""
    if not written:
        return 1 if end >= start else -1
    if step == 0 or (end - start) * step < 0:
        raise InputError(f"The range from {start:g} to {end:g} never gets there by steps of {written}.")
    return step


def _evenly(start: float, end: float, count: int) -> list[float]:
    _check_count(count)
    if count < 1:
        raise InputError(f"The range from {start:g} to {end:g} is to have no value at all; write [2] or more.")
    if count == 1:
        return [start]
    step = (end - start) / (count - 1)
    return [*(start + i * step for i in range(count - 1)), end]


def _check_count(count: int) -> None:
    if count > MOST_VALUES:
        raise InputError(f"An axis of the X/Y/Z plot may have {MOST_VALUES:,} values, and these are more; take fewer.")
