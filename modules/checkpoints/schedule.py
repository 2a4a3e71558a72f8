"""The noise schedule a model was trained with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from modules.checkpoints.header import Header
from modules.checkpoints.hints import Hints
from modules.checkpoints.scan import printable
from modules.checkpoints.weights import read_tensors
from modules.core.errors import CheckpointError
from modules.engine.noise_schedule import with_zero_terminal_snr

TRAINING_STEPS = 1000
LINEAR_START = 0.00085
LINEAR_END = 0.012


def read_alphas_cumprod(path: Path, header: Header, hints: Hints) -> Tensor:
    """Return the share of the picture's variance left at each training step, (1000,) float32, falling.

    The file's own values are used where it has them, rounded to 16 bits or not, as A1111 does. Models that say they
    were trained to begin with nothing but noise (a tensor `ztsnr`, as since A1111 1.10, or a hint) have it rescaled so.

    Raises:
        CheckpointError: the file's values are no such schedule.
    """
    if "alphas_cumprod" in header.tensors:
        alphas_cumprod = _stored_alphas_cumprod(path, header)
    else:
        alphas_cumprod = linear_alphas_cumprod(hints.linear_start or LINEAR_START, hints.linear_end or LINEAR_END)
    if hints.zero_terminal_snr or "ztsnr" in header.tensors:
        return with_zero_terminal_snr(alphas_cumprod)
    return alphas_cumprod


def _stored_alphas_cumprod(path: Path, header: Header) -> Tensor:
    values = read_tensors(path, header, ["alphas_cumprod"], torch.float32)["alphas_cumprod"]
    inside = torch.isfinite(values) & (values >= 0) & (values <= 1)
    if values.shape != (TRAINING_STEPS,) or not inside.all():
        raise CheckpointError(
            f"{printable(path.name)} is damaged: its noise schedule makes no sense. Get the file again."
        )
    return values.clone()


def linear_alphas_cumprod(start: float, end: float) -> Tensor:
    """Return the schedule of latent diffusion: betas whose square roots rise evenly from those of `start` to `end`.

    Source: Rombach et al. 2022, arXiv:2112.10752, as trained in the original code. Computed in float64.
    """
    betas = torch.linspace(start**0.5, end**0.5, TRAINING_STEPS, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, dim=0).float()
