"""Align Your Steps: noise levels found by optimisation for a kind of model.

Source: Sabour et al. 2024, arXiv:2404.14507; the tables are those of its project page, as in diffusers' `AysSchedules`
(Apache 2.0). Other numbers of steps are interpolated in log sigma, as the authors advise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from modules.engine.sampling.spacing import Span

SD1 = (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029)
SDXL = (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029)

LONGER_END, LONGER_COUNT = 0.015, 32


def align_your_steps(span: Span) -> Tensor:
    """The published levels: 10 steps, and the smallest as the 11th."""
    return _resampled(SDXL if span.sdxl else SD1, span.steps)


def align_your_steps_32(span: Span) -> Tensor:
    """The same down to a smaller level, first interpolated to 32 levels; for runs of more steps."""
    table = SDXL if span.sdxl else SD1
    return _resampled(_resampled((*table[:-1], LONGER_END), LONGER_COUNT).tolist(), span.steps)


def _resampled(table: tuple[float, ...] | list[float], steps: int) -> Tensor:
    """Interpolate a table to so many levels; a single one is the largest."""
    sigmas = torch.tensor(table, dtype=torch.float64)
    if steps == len(sigmas):
        return sigmas.float()
    places = torch.linspace(0, len(sigmas) - 1, steps, dtype=torch.float64)
    low = places.floor().long().clamp(max=len(sigmas) - 2)
    return torch.lerp(sigmas.log()[low], sigmas.log()[low + 1], places - low).exp().float()
