"""Training pictures made once: latents with the specs they show, so that each step only draws noise and captions."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from starter.captions import Spec
from starter.companions.weights import DrawSpec, Starter
from starter.crew import diffusion_loss, pick_timesteps
from starter.painter import SILENT
from starter.specs import NATIVE, random_default, random_spec

log = logging.getLogger(__name__)

DROPPED, DECIDED = 0.08, 600
"""As in the starter's own training: see `starter.unet`."""


@dataclass(frozen=True)
class Example:
    """What a picture shows; `silent` ones have no caption."""

    spec: Spec
    silent: bool = False


@dataclass(frozen=True)
class Pool:
    """Pictures and what they show."""

    latents: Tensor
    examples: list[Example]

    def pick(self, count: int) -> tuple[Tensor, list[Example]]:
        """So many random ones."""
        places = torch.randperm(len(self.examples))[:count]
        return self.latents[places], [self.examples[i] for i in places.tolist()]


def usual_examples(rng: random.Random, count: int) -> list[Example]:
    """As the starter itself was trained: every object, colour and scene, and simple ones for the empty caption."""
    canvas = (NATIVE, NATIVE)
    return [
        Example(random_default(rng, canvas), silent=True)
        if rng.random() < SILENT
        else Example(random_spec(rng, canvas))
        for _ in range(count)
    ]


def open_pool(starter: Starter, file: Path, examples: list[Example], draw: DrawSpec) -> Pool:
    """Draw and encode `examples`, or read what was made of them before."""
    if not file.exists():
        rng = random.Random(3)
        parts = [
            starter.latents([draw(example.spec, rng) for example in examples[i : i + 32]])
            for i in range(0, len(examples), 32)
        ]
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(torch.cat(parts), file)
        log.info("%d pictures in %s", len(examples), file)
    return Pool(torch.load(file), examples)


def caption_rows(starter: Starter, examples: list[Example]) -> Tensor:
    """Rows (B, ROWS, width) of new captions; those of the empty one for silent examples."""
    silent = torch.tensor([example.silent for example in examples])
    with torch.no_grad():
        rows = starter.painter.rows([example.spec for example in examples])
    return torch.where(silent[:, None, None], starter.painter.empty, rows)


def noise_loss(starter: Starter, latents: Tensor, rows: Tensor, counts: Tensor) -> tuple[Tensor, float]:
    """The diffusion loss of a batch at random timesteps, a few captions dropped, and the number to log."""
    t = pick_timesteps(len(latents), 0.6, 250, 950)
    dropped = (torch.rand(len(t)) < DROPPED) & (t < DECIDED)
    rows = torch.where(dropped[:, None, None], starter.painter.empty, rows)
    loss, plain = diffusion_loss(starter.unet, (latents, rows, t, torch.zeros(())), counts, 0.1)
    return loss, plain.item()
