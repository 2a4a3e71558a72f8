"""Training pictures in several sizes, made once: mostly native, some wider, higher or larger."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from starter.companions.pool import Example
from starter.painter import SILENT
from starter.specs import NATIVE, OTHER_CANVASES, random_canvas, random_default, random_spec

log = logging.getLogger(__name__)

Canvas = tuple[int, int]
Make = Callable[[list[Example]], tuple[Tensor, ...]]
"""Examples of one size -> tensors with a row for each, the first of them latents."""

OTHER_SHARE = 0.12
BATCH = 16
PART = 32


@dataclass(frozen=True)
class Shelf:
    """Examples of one size and the tensors that were made of them."""

    examples: list[Example]
    tensors: tuple[Tensor, ...]


@dataclass(frozen=True)
class Shelves:
    """A shelf for every size."""

    by_canvas: dict[Canvas, Shelf]

    def pick(self, rng: random.Random) -> tuple[list[Example], tuple[Tensor, ...]]:
        """A batch of one random size; of large pictures fewer."""
        canvas = random_canvas(rng, OTHER_SHARE)
        shelf = self.by_canvas[canvas]
        count = max(4, round(BATCH * NATIVE * NATIVE / (canvas[0] * canvas[1])))
        places = torch.tensor(rng.choices(range(len(shelf.examples)), k=count))
        return [shelf.examples[i] for i in places.tolist()], tuple(tensor[places].float() for tensor in shelf.tensors)


def usual_example(rng: random.Random, canvas: Canvas) -> Example:
    """As the starter itself was trained."""
    if rng.random() < SILENT:
        return Example(random_default(rng, canvas), silent=True)
    return Example(random_spec(rng, canvas))


def open_shelves(
    file: Path, seed: int, count: int, make: Make, choose: Callable[[random.Random, Canvas], Example] = usual_example
) -> Shelves:
    """Make pictures of every size, or read what was made of the same examples before.

    Args:
        file: where the tensors are kept, in half precision.
        seed: of the examples.
        count: of native pictures; of the others there are a twelfth at most.
        make: turns examples into tensors.
        choose: a random example of a size.
    """
    rng = random.Random(seed)
    shares = {(NATIVE, NATIVE): 1.0} | {canvas: share / 60 for canvas, share in OTHER_CANVASES}
    examples = {canvas: [choose(rng, canvas) for _ in range(round(count * share))] for canvas, share in shares.items()}
    if not file.exists():
        made = {canvas: _make_all(chosen, make) for canvas, chosen in examples.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(made, file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)
        log.info("%d pictures in %s", sum(map(len, examples.values())), file)
    tensors = torch.load(file)
    return Shelves({canvas: Shelf(chosen, tensors[canvas]) for canvas, chosen in examples.items()})


def _make_all(examples: list[Example], make: Make) -> tuple[Tensor, ...]:
    parts = [make(examples[i : i + PART]) for i in range(0, len(examples), PART)]
    return tuple(torch.cat(column).half() for column in zip(*parts, strict=True))
