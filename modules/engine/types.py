"""The words of the engine: conditioning, denoiser, noise, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class Conditioning:
    """What the UNet attends to, for each image of a batch and each range of steps.

    Attributes:
        ranges: (last step, embeddings (B, 77 * chunks, width)) with rising steps; steps count from 1.
    """

    ranges: tuple[tuple[int, Tensor], ...]

    def at(self, step: int) -> Tensor:
        """Return the embeddings (B, 77 * chunks, width) for a step, counted from 0."""
        for last_step, embeddings in self.ranges:
            if step < last_step:
                return embeddings
        return self.ranges[-1][1]


class Denoiser(Protocol):
    """The guided model: noisy latents x (B, C, h, w) and sigma (B,) to denoised latents (B, C, h, w)."""

    def __call__(self, x: Tensor, sigma: Tensor, /) -> Tensor: ...


NoiseSource = Callable[[], Tensor]
"""Unit noise of the latents' shape, (B, C, h, w); each call draws anew."""

StepCallback = Callable[[int, Tensor], None]
"""Called as (step counted from 0, denoised latents) once a step. It may raise `SamplingStopped`."""


class SamplingStopped(Exception):
    """Raised in a step callback to end sampling now."""
