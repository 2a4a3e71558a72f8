"""One training loop for all companions: Adam under a wall-clock schedule, resumable at any moment."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

log = logging.getLogger(__name__)

SAVE_SECONDS = 45


def fit(
    parameters: list[nn.Parameter], loss: Callable[[], tuple[Tensor, float]], file: Path, minutes: float, rate: float
) -> int:
    """Train until `minutes` in all are spent, earlier runs included; returns the number of steps.

    Args:
        parameters: changed in place; taken from `file` where it exists.
        loss: of a new batch, and the number to log.
        file: state that survives an interruption.
        minutes: wall clock; the rate falls with it as a cosine.
        rate: Adam's, at its highest.
    """
    optimizer = torch.optim.Adam(parameters, rate, betas=(0.9, 0.98))
    step, spent = 0, 0.0
    if file.exists():
        state = torch.load(file)
        with torch.no_grad():
            for own, kept in zip(parameters, state["parameters"], strict=True):
                own.copy_(kept)
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    torch.manual_seed(step)
    begun = saved = time.monotonic()
    losses: list[float] = []

    def save() -> None:
        total = spent + time.monotonic() - begun
        state = {
            "parameters": [p.detach() for p in parameters],
            "optimizer": optimizer.state_dict(),
            "step": step,
            "spent": total,
        }
        torch.save(state, file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)

    while (done := (spent + time.monotonic() - begun) / (60 * minutes)) < 1:
        value, shown = loss()
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 20) * max(0.01, math.cos(done * math.pi / 2))
        optimizer.step()
        losses.append(shown)
        step += 1
        if step % 20 == 0:
            log.info("%s %3.0f%% step %d loss %.4f", file.stem, 100 * done, step, sum(losses[-60:]) / len(losses[-60:]))
        if time.monotonic() - saved > SAVE_SECONDS:
            save()
            saved = time.monotonic()
    save()
    return step
