"""Random masks, as a hand might paint them: boxes, discs, strokes, halves, everything."""

from __future__ import annotations

import math
import random

import torch
from torch import Tensor


def random_mask(rng: random.Random, height: int, width: int) -> Tensor:
    """A mask (H, W) of 0 and 1; 1 is to be painted. One in four covers everything, one in twelve all but a hole."""
    kind = rng.random()
    if kind < 0.25:
        return torch.ones(height, width)
    if kind < 0.33:
        return 1 - _box(rng, height, width)
    shape = rng.choices((_box, _disc, _strokes, _half), (5, 4, 2, 1))[0]
    return shape(rng, height, width)


def _grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Rows (H, 1) and columns (1, W) in 0..1."""
    return (torch.arange(height)[:, None] + 0.5) / height, (torch.arange(width)[None] + 0.5) / width


def _place(rng: random.Random) -> tuple[float, float, float, float]:
    """Middle and half sides of a region, in 0..1."""
    y, x = (rng.uniform(0.3, 0.7) if rng.random() < 0.7 else rng.random() for _ in range(2))
    return y, x, rng.uniform(0.12, 0.48), rng.uniform(0.12, 0.48)


def _box(rng: random.Random, height: int, width: int) -> Tensor:
    y, x = _grid(height, width)
    middle_y, middle_x, half_y, half_x = _place(rng)
    return (((y - middle_y).abs() < half_y) & ((x - middle_x).abs() < half_x)).float()


def _disc(rng: random.Random, height: int, width: int) -> Tensor:
    y, x = _grid(height, width)
    middle_y, middle_x, half_y, half_x = _place(rng)
    return ((((y - middle_y) / half_y) ** 2 + ((x - middle_x) / half_x) ** 2) < 1).float()


def _strokes(rng: random.Random, height: int, width: int) -> Tensor:
    """A few strokes of a round brush."""
    y, x = _grid(height, width)
    mask = torch.zeros(height, width, dtype=torch.bool)
    at = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
    brush = rng.uniform(0.06, 0.16)
    for _ in range(rng.randint(2, 5)):
        angle, length = rng.uniform(0, 2 * math.pi), rng.uniform(0.1, 0.5)
        to = at[0] + length * math.sin(angle), at[1] + length * math.cos(angle)
        for i in range(9):
            middle = [a + (b - a) * i / 8 for a, b in zip(at, to, strict=True)]
            mask |= (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < brush**2
        at = tuple(min(0.9, max(0.1, place)) for place in to)
    return mask.float()


def _half(rng: random.Random, height: int, width: int) -> Tensor:
    """One side of the picture, as outpainting needs it."""
    y, x = _grid(height, width)
    share = rng.uniform(0.2, 0.7)
    along = rng.choice((y, x)).expand(height, width)
    return (along < share if rng.random() < 0.5 else along > 1 - share).float()
