"""The words of the engine: conditioning, denoiser, noise, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class ScheduledPrompt:
    """A prompt as the UNet attends to it, step by step.

    Attributes:
        ranges: (last step, row of `embeddings`) with rising steps; steps count from 1.
        embeddings: (texts, T, width), T = 77 * chunks: one row for each different text.
    """

    ranges: tuple[tuple[int, int], ...]
    embeddings: Tensor

    def at(self, step: int) -> Tensor:
        """Return the embeddings (T, width) for a call of the model, counted from 0.

        The first range takes one call more than it says, as in A1111, which compares calls counted from 0 with steps
        counted from 1.
        """
        row = next((row for last_step, row in self.ranges if step <= last_step), self.ranges[-1][1])
        return self.embeddings[row]


@dataclass(frozen=True)
class Conditioning:
    """What the UNet attends to: a prompt for each image of a batch (or part of one, see `ComposedConditioning`)."""

    prompts: tuple[ScheduledPrompt, ...]

    @classmethod
    def constant(cls, embeddings: Tensor) -> Conditioning:
        """The same in every step; `embeddings` (B, T, width)."""
        return cls(tuple(ScheduledPrompt(((1, 0),), rows.unsqueeze(0)) for rows in embeddings))

    @property
    def length(self) -> int:
        """T of the longest prompt."""
        return max(prompt.embeddings.shape[1] for prompt in self.prompts)

    def at(self, step: int) -> Tensor:
        """Return the embeddings (B, T, width) for a call of the model, counted from 0.

        Shorter prompts repeat their last row (contract 5.3).
        """
        return torch.stack([stretch(prompt.at(step), self.length) for prompt in self.prompts])

    def with_embeddings(self, change: Callable[[Tensor], Tensor]) -> Conditioning:
        """Return it with the embeddings (texts, T, width) of each prompt changed."""
        changed: Mapping[int, Tensor] = {id(p.embeddings): change(p.embeddings) for p in self.prompts}
        return Conditioning(tuple(replace(p, embeddings=changed[id(p.embeddings)]) for p in self.prompts))


@dataclass(frozen=True)
class ComposedConditioning:
    """Several prompts for each image (joined by AND), each with its weight.

    Attributes:
        parts: all images' parts, one image after the other: P of them.
        weights: for each image those of its parts.
    """

    parts: Conditioning
    weights: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, conditioning: Conditioning) -> ComposedConditioning:
        """One part for each image."""
        return cls(conditioning, ((1.0,),) * len(conditioning.prompts))

    @property
    def length(self) -> int:
        """T of the longest part."""
        return self.parts.length

    def at(self, step: int) -> Tensor:
        """Return the embeddings (P, T, width) of all parts for a call of the model, counted from 0."""
        return self.parts.at(step)


def stretch(rows: Tensor, length: int) -> Tensor:
    """Lengthen rows (..., T, width) to (..., length, width) by repeating the last one."""
    missing = length - rows.shape[-2]
    if missing <= 0:
        return rows
    return torch.cat([rows, rows[..., -1:, :].expand(*rows.shape[:-2], missing, -1)], dim=-2)


class Denoiser(Protocol):
    """The guided model: noisy latents x (B, C, h, w) and sigma (B,) to denoised latents (B, C, h, w)."""

    def __call__(self, x: Tensor, sigma: Tensor, /) -> Tensor: ...


NoiseSource = Callable[[], Tensor]
"""Unit noise of the latents' shape, (B, C, h, w); each call draws anew."""

StepCallback = Callable[[int, Tensor], None]
"""Called as (step counted from 0, denoised latents) once a step. It may raise `SamplingStopped`."""


class SamplingStopped(Exception):
    """Raised in a step callback to end sampling now."""
