"""Noise for each image of a batch from a generator of its own, so that an image does not depend on its neighbours.

Contract 5.2. The first draw is the initial latents; ancestral samplers go on with the same generators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.engine.sampling.philox import PhiloxGenerator

_PARALLEL = 1e-6

Draw = Callable[[tuple[int, ...]], Tensor]
"""shape -> unit normal float32 of that shape, on the CPU or the device; each call goes on in one stream."""


@dataclass(frozen=True)
class Variation:
    """Variation seeds: each image's first noise moves by `strength` (0..1) towards that of its subseed."""

    subseeds: tuple[int, ...]
    strength: float


def cpu_draw(seed: int, _device: torch.device) -> Draw:
    """Torch's CPU generator: the same on every machine."""
    generator = torch.Generator("cpu").manual_seed(_wrap(seed))
    return lambda shape: torch.randn(shape, generator=generator)


def device_draw(seed: int, device: torch.device) -> Draw:
    """The device's own generator: A1111's "GPU"."""
    generator = torch.Generator(device).manual_seed(_wrap(seed))
    return lambda shape: torch.randn(shape, generator=generator, device=device)


def nvidia_draw(seed: int, _device: torch.device) -> Draw:
    """CUDA's numbers on any device."""
    generator = PhiloxGenerator(seed)
    return lambda shape: torch.from_numpy(generator.normal(shape))


def _wrap(seed: int) -> int:
    """Torch takes 64 bits, signed or not."""
    return seed % 2**64


NOISE_SOURCES: dict[str, Callable[[int, torch.device], Draw]] = {
    "GPU": device_draw,
    "CPU": cpu_draw,
    "NV": nvidia_draw,
}


class ImageNoise:
    """The noise of one batch.

    Args:
        seeds: one for each image.
        shape: of one image's latents, (C, h, w).
        source: GPU, CPU or NV.
        device: where the noise goes.
        variation: variation seeds, if wanted.
        resize_from: (h, w) of the latents whose noise is pasted into the middle, if wanted ("seed resize").
        seed_delta: ENSD; after the first draw the generators begin anew at seed + delta.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        shape: tuple[int, int, int],
        source: str,
        device: torch.device,
        *,
        variation: Variation | None = None,
        resize_from: tuple[int, int] | None = None,
        seed_delta: int = 0,
    ) -> None:
        self._seeds = tuple(seeds)
        self._shape = shape
        self._new = NOISE_SOURCES[source]
        self._device = device
        self._variation = variation
        self._resize_from = resize_from
        self._seed_delta = seed_delta
        self._draws: list[Draw] = []

    def first(self) -> Tensor:
        """Draw the initial noise (B, C, h, w)."""
        self._draws = [self._new(seed, self._device) for seed in self._seeds]
        noise = torch.stack([self._first_of(i) for i in range(len(self._seeds))]).to(self._device)
        if self._seed_delta:
            self._draws = [self._new(seed + self._seed_delta, self._device) for seed in self._seeds]
        return noise

    def next(self) -> Tensor:
        """Draw the noise of a step (B, C, h, w)."""
        return torch.stack([draw(self._shape) for draw in self._draws]).to(self._device)

    def _first_of(self, i: int) -> Tensor:
        """The image's own generator gives noise of the image's size; any other noise comes from a fresh one."""
        own = self._draws[i](self._shape)
        if self._resize_from is None:
            return self._varied(own, i)
        small = self._fresh(self._seeds[i], (self._shape[0], *self._resize_from))
        return _paste_into_middle(self._varied(small, i), own)

    def _varied(self, noise: Tensor, i: int) -> Tensor:
        if self._variation is None or self._variation.strength == 0:
            return noise
        return slerp(self._variation.strength, noise, self._fresh(self._variation.subseeds[i], tuple(noise.shape)))

    def _fresh(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        return self._new(seed, self._device)(shape)


def _paste_into_middle(noise: Tensor, target: Tensor) -> Tensor:
    """Put noise (C, h, w) into the middle of the target (C, H, W); what does not fit is cut off on both sides."""
    (_, h, w), (_, height, width) = noise.shape, target.shape
    top, left = (height - h) // 2, (width - w) // 2
    to_rows, to_columns = slice(max(top, 0), max(top, 0) + h), slice(max(left, 0), max(left, 0) + w)
    place = target[:, to_rows, to_columns]
    from_top, from_left = max(-top, 0), max(-left, 0)
    place.copy_(noise[:, from_top : from_top + place.shape[1], from_left : from_left + place.shape[2]])
    return target


def slerp(share: float, low: Tensor, high: Tensor) -> Tensor:
    """Interpolate on the sphere, row by row over dimension 1.

    Where rows are nearly parallel the reference falls back to a line, with its two weights exchanged; so do we.
    """
    low_unit = low / low.norm(dim=1, keepdim=True)
    high_unit = high / high.norm(dim=1, keepdim=True)
    dot = (low_unit * high_unit).sum(1)
    if dot.mean() > 0.9995:
        return low * share + high * (1 - share)
    omega = dot.clamp(-1, 1).acos()
    sine = omega.sin()
    of_low, of_high = ((1 - share) * omega).sin() / sine, (share * omega).sin() / sine
    parallel = sine.abs() < _PARALLEL
    of_low, of_high = of_low.masked_fill(parallel, 1 - share), of_high.masked_fill(parallel, share)
    return of_low.unsqueeze(1) * low + of_high.unsqueeze(1) * high
