"""Encoded prompts, kept for the next job that has the same ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from torch import Tensor

MOST_BYTES = 64 * 2**20


class EncodingCache:
    """The latest encodings of one model's text encoder, up to a number of bytes.

    Whoever changes the text encoder in place makes that part of the key, or clears it.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, encode: Callable[[], Tensor]) -> Tensor:
        """Return what is kept under `key`; else encode, and keep it if it is not too large."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        encoded = encode()
        self._kept[key] = encoded
        self._bytes += encoded.nbytes
        while self._bytes > self._most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return encoded

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._bytes = 0
