r"""Prompts that change while sampling: `[from:to:when]`, `[to:when]`, `[from::when]` and `[a|b|c]`.

The rules are A1111's (contract 5.3). Brackets without a time or a bar are attention and stay as they are, for
grammar.py; so do brackets that close nothing or are never closed. A bar outside of `[a|b]` means that the prompt is
no schedule at all: it is taken literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modules.core.errors import InputError
from modules.engine.text.grammar import DEEPEST_NESTING

MOST_CHARACTERS = 20_000_000
"""Of all steps' texts together."""

MOST_DIFFERENT_CHARACTERS = 1_000_000
"""Of all different texts together, which is what the tokenizer reads."""

_TOKENS = re.compile(r"\\.|[\[\]():|\\]|[^\\\[\]():|]+", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*")


@dataclass(frozen=True)
class Stage:
    """A text that holds up to and with step `last_step`, counted from 1."""

    last_step: int
    text: str


@dataclass(frozen=True)
class Timeline:
    """What times in prompts are measured by.

    Attributes:
        steps: of this pass.
        first_pass_steps: those of the pass before, if this is the second pass of Hires. fix: there fractions run from
            1.0 to 2.0, and whole numbers count on after the first pass.
        old_rule: that of A1111 before 1.6: times below 1 are fractions, all others are steps, in both passes.
    """

    steps: int
    first_pass_steps: int | None = None
    old_rule: bool = False

    def last_step(self, number: str) -> int:
        """Return the last step before the change at a time, 0 to `steps`."""
        time = float(number)
        if self.old_rule:
            time = time * self.steps if time < 1 else time
        elif "." in number:
            time = (time if self.first_pass_steps is None else time - 1.0) * self.steps
        else:
            time -= self.first_pass_steps or 0
        return int(min(max(time, 0), self.steps))


def schedule_prompt(prompt: str, timeline: Timeline) -> tuple[Stage, ...]:
    """Lay a prompt out over the steps. The stages rise and the last one ends with the last step.

    Raises:
        InputError: brackets nested too deep, or texts too long in all.
    """
    try:
        nodes = _Parser(timeline).parse(prompt)
    except _NoSchedule:
        return (Stage(timeline.steps, prompt),)
    last_steps = _last_steps(nodes, timeline.steps)
    _check_size(len(last_steps), len(prompt), MOST_CHARACTERS)
    stages = tuple(Stage(step, _text_at(nodes, step)) for step in last_steps)
    different = {stage.text for stage in stages}
    _check_size(len(different), max(map(len, different)), MOST_DIFFERENT_CHARACTERS)
    return stages


def _check_size(texts: int, length: int, most: int) -> None:
    if texts > 1 and texts * length > most:
        raise InputError(
            f"The prompt's schedule makes {texts} texts of up to {length:,} characters; shorten it or use fewer steps."
        )


# --- the parts of a prompt ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Change:
    before: Sequence[_Node]
    after: Sequence[_Node]
    last_step: int


@dataclass(frozen=True)
class _Alternation:
    options: Sequence[Sequence[_Node]]


_Node = str | list["_Node"] | _Change | _Alternation
"""Text, a pair of brackets with what is in it, or something that depends on the step."""


def _children(node: _Node, step: int) -> Sequence[_Node]:
    match node:
        case _Change():
            return node.before if step <= node.last_step else node.after
        case _Alternation():
            return node.options[(step - 1) % len(node.options)]
        case _:
            return node


def _text_at(nodes: Sequence[_Node], step: int) -> str:
    texts: list[str] = []
    unread: list[Iterator[_Node]] = [iter(nodes)]
    while unread:
        node = next(unread[-1], None)
        if node is None:
            unread.pop()
        elif isinstance(node, str):
            texts.append(node)
        else:
            unread.append(iter(_children(node, step)))
    return "".join(texts)


def _last_steps(nodes: Sequence[_Node], steps: int) -> Sequence[int]:
    """Return where stages end: at each change, also one that is never seen; with an alternation, at each step."""
    found = {steps}
    unread = [*nodes]
    while unread:
        match unread.pop():
            case _Alternation():
                return range(1, steps + 1)
            case _Change() as change:
                found.add(change.last_step)
                unread += [*change.before, *change.after]
            case list() as inner:
                unread += inner
            case _:
                pass
    return sorted(found - {0})


# --- reading --------------------------------------------------------------------------------------------------


class _NoSchedule(Exception):
    """The prompt is to be taken literally."""


class _Bracket:
    """A bracket that is open: what stands between the colons and bars since."""

    def __init__(self, opening: str) -> None:
        self.opening = opening
        self.parts: list[list[_Node]] = [[]]
        self.separators: list[str] = []

    def separate(self, separator: str) -> None:
        self.separators.append(separator)
        self.parts.append([])

    def as_text(self, closing: str = "") -> list[_Node]:
        """Return its contents with the signs as plain text."""
        nodes: list[_Node] = [self.opening]
        for separator, part in zip(("", *self.separators), self.parts, strict=True):
            nodes += [separator, *part]
        return [*nodes, closing] if closing else nodes


class _Parser:
    """Reads a prompt once, from left to right."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._nodes: list[_Node] = []
        self._open: list[_Bracket] = []
        self._just_closed: _Bracket | None = None

    def parse(self, prompt: str) -> list[_Node]:
        """Return the prompt's parts.

        Raises:
            InputError: brackets nested too deep.
            _NoSchedule: it is no schedule.
        """
        for token in _TOKENS.findall(prompt):
            just_closed, self._just_closed = self._just_closed, None
            if token in "([":
                self._begin(token)
            elif token in ")]":
                self._end(token, just_closed)
            elif token in ":|" and self._open:
                self._open[-1].separate(token)
            elif token == "|":
                raise _NoSchedule
            else:
                self._here().append(token)
        self._give_up_open_brackets()
        return self._nodes

    def _here(self) -> list[_Node]:
        return self._open[-1].parts[-1] if self._open else self._nodes

    def _begin(self, opening: str) -> None:
        self._open.append(_Bracket(opening))
        if len(self._open) > DEEPEST_NESTING:
            raise InputError(f"The prompt nests brackets more than {DEEPEST_NESTING} deep; remove some of them.")

    def _end(self, closing: str, just_closed: _Bracket | None) -> None:
        if not self._open or self._open[-1].opening + closing not in ("()", "[]"):
            self._give_up_open_brackets()
            self._add_stray(closing, just_closed)
            return
        bracket = self._open.pop()
        node = self._read_bracket(bracket, closing)
        if node is not None:
            self._here().append(node)
            self._just_closed = bracket
            return
        self._give_up_open_brackets()
        self._add_text(bracket, closing)

    def _read_bracket(self, bracket: _Bracket, closing: str) -> _Node | None:
        """Return what a closed bracket means, None if it is but text."""
        bars, colons = bracket.separators.count("|"), bracket.separators.count(":")
        if bars:
            if colons or closing == ")":
                raise _NoSchedule
            return _Alternation(bracket.parts)
        if colons == 0 or (colons == 1 and closing == ")"):
            return bracket.as_text(closing)
        if colons > 2 or closing == ")" or (number := _number(bracket.parts[-1])) is None:
            return None
        before = bracket.parts[0] if colons == 2 else []
        return _Change(before, bracket.parts[-2], self._timeline.last_step(number))

    def _give_up_open_brackets(self) -> None:
        """Take brackets that are never closed as text; what stands in them counts on."""
        for bracket in self._open:
            self._add_text(bracket)
        self._open.clear()

    def _add_text(self, bracket: _Bracket, closing: str = "") -> None:
        if "|" in bracket.separators:
            raise _NoSchedule
        self._nodes += bracket.as_text(closing)

    def _add_stray(self, closing: str, just_closed: _Bracket | None) -> None:
        """Add a bracket that closes nothing. Right behind a change, it makes text of that one too: `[a:b:1]]`."""
        if just_closed is not None and isinstance(self._nodes[-1], _Change):
            self._nodes[-1:] = just_closed.as_text("]")
        self._nodes.append(closing)


def _number(part: Sequence[_Node]) -> str | None:
    if len(part) != 1 or not isinstance(part[0], str):
        return None
    found = _NUMBER.fullmatch(part[0])
    return found[1] if found else None
