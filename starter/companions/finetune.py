"""Go on training the whole UNet from the shipped weights, for a checkpoint of its own."""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

log = logging.getLogger(__name__)

Network = TypeVar("Network", bound=nn.Module)

SAVE_SECONDS = 40
WARM_UP, SLOWEST = 60, 0.998


class FineTune(Generic[Network]):
    """A UNet, its running average and optimiser: all that must survive an interruption.

    Attributes:
        average: what is written into the checkpoint.
    """

    def __init__(self, unet: Network, file: Path, rate: float) -> None:
        self.unet, self.file, self.rate = unet, file, rate
        self.average = copy.deepcopy(unet)
        self.unet.requires_grad_(True)
        self.average.requires_grad_(False).eval()
        self.optimizer = torch.optim.AdamW(unet.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.step, self.spent = 0, 0.0
        if file.exists():
            state = torch.load(file)
            self.unet.load_state_dict(state["unet"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.spent = state["step"], state["spent"]

    def save(self, spent: float) -> None:
        """Write the state in one piece."""
        state = {
            "unet": self.unet.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent": spent,
        }
        torch.save(state, self.file.with_suffix(".part"))
        self.file.with_suffix(".part").replace(self.file)

    def update(self, loss: Tensor, done: float) -> None:
        """One step with the gradient of `loss` at `done` (0..1) of the time; moves the average."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        rate = self.rate * min(1, (self.step + 1) / WARM_UP) * max(0.02, math.cos(done * math.pi / 2))
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        decay = min(SLOWEST, (1 + self.step) / (10 + self.step))
        for mean, p in zip(self.average.parameters(), self.unet.parameters(), strict=True):
            mean.data.lerp_(p.data, 1 - decay)
        self.step += 1

    def run(self, loss: Callable[[], tuple[Tensor, float]], minutes: float) -> None:
        """Train until `minutes` in all are spent, earlier runs included.

        Args:
            loss: of a new batch, and the number to log.
            minutes: wall clock; the rate falls with it as a cosine.
        """
        torch.manual_seed(self.step)
        begun, saved = time.monotonic() - self.spent, time.monotonic()
        losses: list[float] = []
        while (spent := time.monotonic() - begun) < 60 * minutes:
            value, shown = loss()
            self.update(value, spent / (60 * minutes))
            losses.append(shown)
            if self.step % 50 == 0:
                recent = sum(losses[-200:]) / len(losses[-200:])
                log.info("%s %.1f of %.0f min, step %d, %.4f", self.file.stem, spent / 60, minutes, self.step, recent)
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save(time.monotonic() - begun)
                saved = time.monotonic()
        self.save(time.monotonic() - begun)
