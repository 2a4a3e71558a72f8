"""Brownian paths: noise for the way between two noise levels, the same however the way is cut into steps.

The path of an image depends on its seed alone, not on its neighbours, nor on when and how often it is asked. The
numbers are those of `torchsde.BrownianTree` (Apache-2.0; Li et al. 2020, arXiv:2001.01328, section 4), which
k-diffusion draws from; `tests/golden/test_brownian.py` compares with it. Written anew because torchsde knows no NV
noise, brings scipy (113 MB) along, and takes more than twice as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from modules.engine.sampling.noise import NOISE_SOURCES

BrownianSource = Callable[[float, float], Tensor]
"""(sigma, sigma_next) -> unit noise of the latents' shape, (B, C, h, w), for the step from one to the other."""

_DIGITS = 6
"""Times are rounded to so many digits: no interval is shorter than a millionth."""

_POOL_SIZE = 24

Normal = Callable[[int], Tensor]
"""seed -> unit normal numbers (C, h, w); the same seed gives the same."""


class BrownianNoise:
    """The Brownian noise of a batch, a path an image, or one path of the batch as a whole.

    Args:
        x: latents (B, C, h, w), for their shape and device.
        sigma_min: the smallest level above 0 of the run.
        sigma_max: the largest.
        seeds: one for each image, or one alone for them all.
        source: where the numbers come from: GPU, CPU or NV.
    """

    def __init__(
        self, x: Tensor, sigma_min: float, sigma_max: float, seeds: Sequence[int], source: str = "GPU"
    ) -> None:
        self._shape = tuple(x.shape)
        device, shape = x.device, (len(x) // len(seeds), *self._shape[1:])
        draw = NOISE_SOURCES[source]

        def normal(seed: int) -> Tensor:
            return draw(seed, device)(shape).to(device)

        self._paths = [BrownianPath(seed, sigma_min, sigma_max, normal) for seed in seeds]

    def __call__(self, sigma: float, sigma_next: float) -> Tensor:
        """Return unit noise (B, C, h, w) for the step from sigma to sigma_next."""
        low, high, sign = (sigma, sigma_next, 1) if sigma < sigma_next else (sigma_next, sigma, -1)
        walked = torch.cat([path.increment(low, high) for path in self._paths]).view(self._shape)
        return walked * (sign / math.sqrt(high - low))


class BrownianPath:
    """A Brownian motion from time `start` to time `end`.

    Args:
        seed: of the path.
        start: earliest time.
        end: latest time.
        normal: makes the numbers for the seeds that the path derives from its own.
    """

    def __init__(self, seed: int, start: float, end: float, normal: Normal) -> None:
        self._entropy = seed % 2**64
        self._normal = normal
        first_seed = int(np.random.SeedSequence(entropy=self._entropy, pool_size=_POOL_SIZE).generate_state(1)[0])
        whole = normal(first_seed) * math.sqrt(end - start)
        self._root = _Interval(round(start, _DIGITS), round(end, _DIGITS), whole, 0, 0)

    @torch.inference_mode()
    def increment(self, low: float, high: float) -> Tensor:
        """Return by how much the path moves from time low to time high, both brought into its range."""
        root = self._root
        low, high = (min(max(round(t, _DIGITS), root.start), root.end) for t in (low, high))
        if low >= high:
            return torch.zeros_like(root.moved)
        parts = self._parts(root, low, high)
        moved = next(parts)
        for part in parts:
            moved = moved + part
        return moved

    def _parts(self, interval: _Interval, low: float, high: float) -> Iterator[Tensor]:
        """Yield the movements of the largest intervals that make up low..high, in order.

        Intervals inside a half that is not asked about are forgotten, which bounds the memory; they can be made again.
        """
        if (low, high) == (interval.start, interval.end):
            yield interval.moved
            return
        left, right = interval.halves or self._halve(interval)
        if low < left.end:
            yield from self._parts(left, low, min(high, left.end))
        else:
            left.halves = None
        if high > left.end:
            yield from self._parts(right, max(low, left.end), high)
        else:
            right.halves = None

    def _halve(self, interval: _Interval) -> tuple[_Interval, _Interval]:
        """Split an interval in the middle by a Brownian bridge."""
        start, end, key, depth = interval.start, interval.end, interval.key, interval.depth
        middle = round(0.5 * (end + start), _DIGITS)
        sequence = np.random.SeedSequence(entropy=self._entropy, spawn_key=(key, depth), pool_size=_POOL_SIZE)
        bridge = self._normal(int(sequence.generate_state(1)[0]))

        before, after, share = middle - start, end - middle, 1 / (end - start)
        moved = before * interval.moved * share + math.sqrt(before * after * share) * bridge
        interval.halves = (
            _Interval(start, middle, moved, 2 * key, depth + 1),
            _Interval(middle, end, interval.moved - moved, 2 * key + 1, depth + 1),
        )
        return interval.halves


class _Interval:
    """A part of a path: by how much it moves there, and its two halves once they are known."""

    __slots__ = ("depth", "end", "halves", "key", "moved", "start")

    def __init__(self, start: float, end: float, moved: Tensor, key: int, depth: int) -> None:
        self.start, self.end, self.moved, self.key, self.depth = start, end, moved, key, depth
        self.halves: tuple[_Interval, _Interval] | None = None
