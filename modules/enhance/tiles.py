"""Running a network over a large picture in overlapping tiles, which needs less memory than all of it at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from modules.core.progress import Progress

RunTile = Callable[[Tensor], Tensor]
"""f(pixels (1, C, h, w)) -> (1, D, scale * h, scale * w), both in 0..1."""


def run_in_tiles(
    run: RunTile, pixels: Tensor, scale: int, tile: int, overlap: int, progress: Progress | None = None
) -> Tensor | None:
    """Run a network tile by tile and blend the overlaps linearly.

    Args:
        run: the network.
        pixels: (1, C, H, W), on the CPU.
        scale: the network's factor.
        tile: side of a tile in pixels of the input; 0 runs the picture as a whole.
        overlap: pixels of the input that neighbours share at least.
        progress: counts the tiles and may cut the work short.

    Returns:
        (1, D, scale * H, scale * W), on the CPU; None when it was cut short.
    """
    height, width = pixels.shape[-2:]
    rows, columns = starts(height, tile, overlap), starts(width, tile, overlap)
    tall, wide = (min(tile, side) if tile else side for side in (height, width))
    row_weights, column_weights = (
        _weights(places, size, side, scale) for places, size, side in ((rows, tall, height), (columns, wide, width))
    )
    if progress is not None:
        progress.begin_sampling(len(rows) * len(columns))

    sheet: Tensor | None = None
    for number, (i, j) in enumerate((i, j) for i in range(len(rows)) for j in range(len(columns))):
        if progress is not None and progress.cut_short:
            return None
        top, left = rows[i], columns[j]
        done = run(pixels[..., top : top + tall, left : left + wide]).float().cpu()
        if sheet is None:
            sheet = torch.zeros(1, done.shape[1], height * scale, width * scale)
        place = sheet[..., top * scale : (top + tall) * scale, left * scale : (left + wide) * scale]
        place += done * row_weights[i].view(-1, 1) * column_weights[j]
        if progress is not None:
            progress.step_done(number + 1)
    return sheet


def starts(side: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin along a side, evenly spread, the last one ending with the side."""
    if tile <= 0 or tile >= side:
        return [0]
    step = max(tile - overlap, 1)
    count = math.ceil((side - tile) / step) + 1
    return [round(i * (side - tile) / (count - 1)) for i in range(count)]


def _weights(places: list[int], tile: int, side: int, scale: int) -> list[Tensor]:
    """Return each tile's weight along a side: rising and falling where tiles overlap, all of them together 1."""
    ramps: list[Tensor] = []
    total = torch.zeros(side * scale)
    for i, start in enumerate(places):
        shared_before = places[i - 1] + tile - start if i > 0 else 0
        shared_after = start + tile - places[i + 1] if i + 1 < len(places) else 0
        ramp = _rising(tile * scale, shared_before * scale) * _rising(tile * scale, shared_after * scale).flip(0)
        ramps.append(ramp)
        total[start * scale : (start + tile) * scale] += ramp
    return [ramp / total[start * scale : (start + tile) * scale] for start, ramp in zip(places, ramps, strict=True)]


def _rising(size: int, length: int) -> Tensor:
    """Return ones, the first `length` of them rising from 0."""
    ramp = torch.ones(size)
    if length > 0:
        ramp[:length] = (torch.arange(length) + 0.5) / length
    return ramp
