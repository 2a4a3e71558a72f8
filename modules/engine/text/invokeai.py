r"""InvokeAI's prompt language (that of compel) in A1111's words, for people who come from there.

    word+ word-- (two words)1.3   (word:1.1) (word:0.81) (two words:1.3)
    cat.swap(dog)                 [cat:dog:0.2]
    ("a", "b").blend(1, 3)        a :0.25 AND b :0.75
    ("a", "b").and()              a BREAK b
    [hands]                       hands, in the negative prompt
    <word> withLora(name, 0.5)    word <lora:name:0.5>

Source: the manual of InvokeAI (Apache-2.0), docs/features/PROMPTS.md. Never fails but for brackets nested too deep;
takes time linear in the prompt's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modules.core.errors import InputError

DEEPEST_NESTING = 100
MOST_SIGNS = 20
PLUS, MINUS = 1.1, 0.9
SWAP_END = 0.2
"""Share of the steps that `.swap` leaves to the first word: InvokeAI's default for `s_end`, rounded."""

SWAP_NOTE = "A swap becomes a change of the prompt after some steps, which keeps less of the first picture."
BLEND_NOTE = "A blend becomes AND, which mixes predictions and not texts: the picture will differ."
NEGATIVE_NOTE = "What was in square brackets is now the negative prompt."

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)(?!\w)"
_TOKENS = re.compile(
    rf"""(?P<escape>\\.)
      | (?P<quoted>{_QUOTED})
      | \.swap\((?P<swap>(?:[^()"\\]|\\.|{_QUOTED})*+)\)
      | \bwithLora\(\s*(?P<lora>[^\s(),:<>]+)\s*(?:,\s*(?P<strength>{_NUMBER})\s*)?\)
      | <(?P<word>[^<>:\\"()\[\]]{{1,200}})>
      | (?P<open>\()
      | :\s*(?P<own>[+-]?[.\d]+)\s*\)              # A1111's own (words:1.3)
      | (?P<close>\))(?P<weight>\++(?!\w)|-+(?!\w)|{_NUMBER})?
      | (?P<begin>\[) | (?P<end>\])
      | (?P<text>(?:(?!\.swap\(|\bwithLora\()[^()\[\]"\\<:])++)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SIGNED_WORD = re.compile(r"(?<![^\s,;!?.])([^\s,;!?.+-][^\s,;!?]*?)(?<![+-])(\++|-+)(?=[\s,;!?.]|$)")
_LAST_WORD = re.compile(r"[^\s,;!?]*$")
_TOGETHER = re.compile(
    rf"\s*\(\s*(?P<parts>{_QUOTED}(?:\s*,\s*{_QUOTED})*+)\s*\)\s*\.(?P<how>blend|and)\((?P<values>[^()]*)\)\s*"
)


@dataclass(frozen=True)
class ConvertedPrompt:
    """A prompt in A1111's words; `notes` tell what is only nearly the same."""

    prompt: str
    negative_prompt: str = ""
    notes: tuple[str, ...] = ()


def convert_invokeai(prompt: str) -> ConvertedPrompt:
    """Translate a prompt; what has no meaning to InvokeAI is kept, with its brackets escaped.

    Raises:
        InputError: brackets nested too deep.
    """
    converter = _Converter()
    together = _TOGETHER.fullmatch(prompt)
    text = converter.join(together) if together else converter.convert(prompt)
    negative = ", ".join(filter(None, (part.strip() for part in converter.negative)))
    return ConvertedPrompt(_tidy(text), negative, tuple(dict.fromkeys(converter.notes)))


@dataclass
class _Level:
    """An open bracket, and what was converted since; `phrases` counts the pieces up to the latest bracket or quote."""

    bracket: str = ""
    pieces: list[str] = field(default_factory=list)
    phrases: int = 0

    def add_phrase(self, text: str) -> None:
        self.pieces.append(text)
        self.phrases = len(self.pieces)

    def text(self) -> str:
        return "".join(self.pieces)


class _Converter:
    def __init__(self) -> None:
        self.negative: list[str] = []
        self.notes: list[str] = []

    def join(self, together: re.Match[str]) -> str:
        """Convert a blend or a conjunction of whole prompts."""
        parts = [self.convert(part[1:-1]) for part in re.findall(_QUOTED, together["parts"])]
        values = [float(value) for value in re.findall(r"(?<![\w.])\d*\.?\d+(?![\w.])", together["values"])]
        weights = (values + [1.0] * len(parts))[: len(parts)]
        if together["how"] == "and":
            return " BREAK ".join(_weighted(part, weight) for part, weight in zip(parts, weights, strict=True))
        self.notes.append(BLEND_NOTE)
        total = 1.0 if "no_normalize" in together["values"] else sum(weights) or 1.0
        return " AND ".join(f"{part} :{_number(weight / total)}" for part, weight in zip(parts, weights, strict=True))

    def convert(self, text: str) -> str:
        levels = [_Level()]
        for token in _TOKENS.finditer(text):
            self._take(token, levels)
            if len(levels) > DEEPEST_NESTING:
                raise InputError(f"The prompt nests brackets more than {DEEPEST_NESTING} deep; remove some of them.")
        while len(levels) > 1:
            unclosed = levels.pop()
            levels[-1].pieces.append(f"\\{unclosed.bracket}{unclosed.text()}")
        return levels[0].text()

    def _take(self, token: re.Match[str], levels: list[_Level]) -> None:
        pieces = levels[-1].pieces
        match token.lastgroup:
            case "escape":
                pieces.append(token[0] if token[0][1] in "()[]\\" else token[0][1])
            case "quoted":
                levels[-1].add_phrase(f'"{self.convert(token[0][1:-1])}"')
            case "swap":
                self._swap(levels[-1], token["swap"])
            case "lora" | "strength":
                pieces.append(f"<lora:{token['lora']}:{token['strength'] or '0.75'}>")
            case "word":
                pieces.append(token["word"])
            case "open" | "begin":
                levels.append(_Level(token[0]))
            case "own" | "close" | "weight" | "end":
                self._close(token, levels)
            case "text":
                pieces.append(_SIGNED_WORD.sub(lambda word: _weighted(word[1], _weight(word[2])), token[0]))
            case _:
                pieces.append(token[0])

    def _close(self, token: re.Match[str], levels: list[_Level]) -> None:
        wanted = "[" if token["end"] else "("
        if levels[-1].bracket != wanted:
            levels[-1].pieces.append(re.sub(r"([)\]])", r"\\\1", token[0]))
            return
        inner = levels.pop().text()
        if token["end"]:
            self.negative.append(inner)
            self.notes.append(NEGATIVE_NOTE)
            return
        weight = token["own"] if token["own"] else _weight(token["weight"])
        levels[-1].add_phrase(f"({inner}:{weight})" if token["own"] else _weighted(inner, float(weight)))

    def _swap(self, level: _Level, arguments: str) -> None:
        """Put the phrase before it, or the last word, into `[before:after:when]`."""
        pieces, is_phrase = level.pieces, level.phrases == len(level.pieces)
        before = pieces.pop() if pieces else ""
        if not is_phrase:
            word = _LAST_WORD.search(before)
            kept, before = (before[: word.start()], word[0]) if word else (before, "")
            pieces.append(kept)
        values = [value.strip() for value in re.findall(rf"(?:{_QUOTED}|[^,])+", arguments)]
        after = next((value for value in values if "=" not in value), "")
        ends = [match[1] for value in values if (match := re.fullmatch(r"s_end\s*=\s*(\d*\.?\d+)", value))]
        when = _number(float(ends[0])) if ends else _number(SWAP_END)
        pieces.append(f"[{_unquoted(before)}:{self.convert(_unquoted(after))}:{when if '.' in when else when + '.0'}]")
        self.notes.append(SWAP_NOTE)


def _weight(signs: str | None) -> float:
    if not signs:
        return 1.0
    if signs[0] not in "+-":
        return float(signs)
    return (PLUS if signs[0] == "+" else MINUS) ** min(len(signs), MOST_SIGNS)


def _weighted(text: str, weight: float) -> str:
    return f"({text}:{_number(weight)})" if text and weight != 1 else text


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _tidy(text: str) -> str:
    """Close the gaps that negative prompts left."""
    return re.sub(r" {2,}", " ", text).strip()
