"""NVIDIA's normal random numbers on any device: the "NV" noise source.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox4x32-10), and the Box-Muller
transform as cuRAND's documentation describes it. `tests/golden` compares with noise made by CUDA's rules.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_MULTIPLIERS = np.array([0xD2511F53, 0xCD9E8D57], dtype=np.uint64)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_MASK = 0xFFFFFFFF


class PhiloxGenerator:
    """A stream of standard normal numbers; draw number k of n values equals CUDA's for the same seed and order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._draws = 0

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Draw float32 numbers of that shape."""
        count = math.prod(shape)
        counter = np.zeros((4, count), dtype=np.uint32)
        counter[0] = self._draws
        counter[2] = np.arange(count, dtype=np.uint32)
        self._draws += 1
        words = _philox(counter, self.seed & _MASK, (self.seed >> 32) & _MASK)
        return _box_muller(words[0], words[1]).reshape(shape)


def _philox(counter: NDArray[np.uint32], key_low: int, key_high: int) -> NDArray[np.uint32]:
    c0, c1, c2, c3 = counter
    for i in range(_ROUNDS):
        k0 = np.uint32((key_low + i * _WEYL[0]) & _MASK)
        k1 = np.uint32((key_high + i * _WEYL[1]) & _MASK)
        product0 = c0.astype(np.uint64) * _MULTIPLIERS[0]
        product1 = c2.astype(np.uint64) * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (_high(product1) ^ c1 ^ k0, _low(product1), _high(product0) ^ c3 ^ k1, _low(product0))
    return np.stack([c0, c1, c2, c3])


def _high(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (words >> np.uint64(32)).astype(np.uint32)


def _low(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (words & np.uint64(_MASK)).astype(np.uint32)


def _box_muller(x: NDArray[np.uint32], y: NDArray[np.uint32]) -> NDArray[np.float32]:
    """One normal number from two words of 32 random bits."""
    u = x.astype(np.float32) * np.float32(2**-32) + np.float32(2**-33)
    angle = y.astype(np.float32) * np.float32(2**-32 * 2 * math.pi) + np.float32(2**-33 * 2 * math.pi)
    return np.sqrt(np.float32(-2) * np.log(u)) * np.sin(angle)
