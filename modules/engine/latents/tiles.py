"""Decoding a large picture piece by piece, where memory is too short for the whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from modules.engine.model import LATENT_FACTOR

TILE, OVERLAP = 64, 16
"""Sides of a tile and of what two neighbours share, in latents."""


def in_tiles(decode: Callable[[Tensor], Tensor], latents: Tensor) -> Tensor:
    """Decode latents (1, 4, h, w) to (1, 3, 8h, 8w) by decoding tiles that overlap, and fading one into the next.

    A VAE normalises over all that it sees, so that tiles differ a little from the whole, most in their brightness.
    """
    rows, columns = latents.shape[-2:]
    total = torch.zeros(1, 3, rows * LATENT_FACTOR, columns * LATENT_FACTOR)
    weight = torch.zeros_like(total[:, :1])
    for top in _starts(rows):
        for left in _starts(columns):
            tile = decode(latents[..., top : top + TILE, left : left + TILE])
            height, width = tile.shape[-2:]
            share = _ramp(height).view(-1, 1) * _ramp(width)
            y, x = top * LATENT_FACTOR, left * LATENT_FACTOR
            total[..., y : y + height, x : x + width] += tile * share
            weight[..., y : y + height, x : x + width] += share
    return total / weight


def _starts(length: int) -> Iterator[int]:
    """Yield where tiles begin: evenly, so that the last one ends with the picture."""
    count = max(math.ceil((length - OVERLAP) / (TILE - OVERLAP)), 1)
    for i in range(count):
        yield round(i * max(length - TILE, 0) / max(count - 1, 1))


def _ramp(length: int) -> Tensor:
    """Return weights that rise from an edge over the overlap and fall towards the other."""
    place = torch.arange(length) + 0.5
    return (torch.minimum(place, length - place) / (OVERLAP * LATENT_FACTOR)).clamp(max=1)
