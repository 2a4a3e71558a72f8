"""What every measurement of the starter model needs: a studio, a judge, and a way to say what came out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from starter.judge import THINGS, TINTS, Judge, shrink
from starter.studio import Job, Studio

PLAIN = ("red", "yellow", "green", "blue", "purple", "pink")


@dataclass(frozen=True)
class Figure:
    """One measured number; `goal` is the issue's, None where it names none."""

    name: str
    value: float
    goal: float | None = None
    at_most: bool = False

    def line(self) -> str:
        """The number as a line of the report."""
        if self.goal is None:
            return f"         {self.name}: {self.value:.3g}"
        met = self.value <= self.goal if self.at_most else self.value >= self.goal
        verdict, sign = "reached " if met else "MISSED  ", "<=" if self.at_most else ">="
        return f"{verdict} {self.name}: {self.value:.3g} ({sign} {self.goal:g})"


@dataclass(frozen=True)
class Bench:
    """What every measurement needs; `seeds` pictures are averaged where single ones would be luck."""

    studio: Studio
    judge: Judge
    seeds: int
    prompts: int

    def things(self, pixels: Tensor) -> list[str]:
        """The judge's word for each picture's object."""
        with torch.no_grad():
            return [THINGS[i] for i in self.judge(shrink(pixels * 2 - 1))[0].argmax(-1).tolist()]

    def tints(self, pixels: Tensor) -> list[str]:
        """The judge's word for each picture's tint."""
        with torch.no_grad():
            return [TINTS[i] for i in self.judge(shrink(pixels * 2 - 1))[1].argmax(-1).tolist()]

    def many(self, prompt: str, job: Job | None = None, negative: str = "") -> Tensor:
        """`seeds` pictures of one prompt."""
        seeds = list(range(100, 100 + self.seeds))
        return self.studio.draw([prompt] * self.seeds, seeds, job, negatives=[negative] * self.seeds)


def share(claims: list[bool]) -> float:
    """Per cent of claims that hold."""
    return 100 * sum(claims) / max(1, len(claims))


def mean(values: list[float]) -> float:
    """Arithmetic mean."""
    return sum(values) / len(values)


def article(word: str) -> str:
    """Say "an apple", "a cat"."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
