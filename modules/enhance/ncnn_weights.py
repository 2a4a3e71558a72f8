"""Weights out of the files of ncnn, a runtime of neural networks: a text of layers (.param), their numbers (.bin).

Source: ncnn's documentation, "param and model file structure" (BSD-3). Only what Real-ESRGAN's networks are made of.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

MAGIC = "7767517"
_SINGLE, _HALF = 0, 0x01306B47
"""Tags before a layer's weights that say how they are stored."""


@dataclass(frozen=True)
class NcnnLayer:
    """A layer that has numbers of its own.

    Attributes:
        kind: "Convolution" or "PReLU".
        weight: (out, in, k, k) of a convolution, (channels,) of a PReLU.
        bias: (out,) of a convolution that has one.
    """

    kind: str
    weight: Tensor
    bias: Tensor | None = None


def read_ncnn(param: Path, numbers: Path) -> list[NcnnLayer]:
    """Return the layers with numbers, in the order in which they are run.

    Raises:
        ValueError: the files do not belong together, or hold what is not known here.
        OSError: they cannot be read.
    """
    lines = param.read_text("utf-8").splitlines()
    if not lines or lines[0].strip() != MAGIC:
        raise ValueError(f"{param.name} is no text of ncnn's layers")
    reader = _Numbers(numbers.read_bytes())
    layers = list(_layers(lines[2:], reader))
    if not reader.at_end:
        raise ValueError(f"{numbers.name} holds more than {param.name} tells of")
    return layers


def _layers(lines: list[str], reader: _Numbers) -> Iterator[NcnnLayer]:
    for line in lines:
        kind, _, rest = line.strip().partition(" ")
        settings = {int(key): int(value) for key, value in re.findall(r" (\d+)=(\d+)(?![.\d])", rest)}
        if kind == "Convolution":
            out, side, size = settings[0], settings[1], settings[6]
            weight = reader.tagged(size).reshape(out, size // (out * side * side), side, side)
            yield NcnnLayer(kind, weight, reader.plain(out) if settings.get(5) else None)
        elif kind == "PReLU":
            yield NcnnLayer(kind, reader.plain(settings[0]))


class _Numbers:
    """The numbers of a .bin file, read from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._data)

    def tagged(self, count: int) -> Tensor:
        """Read numbers before which stands how they are stored."""
        (tag,) = struct.unpack("<I", self._take(4))
        if tag == _SINGLE:
            return self.plain(count)
        if tag != _HALF:
            raise ValueError(f"numbers of the kind {tag:#x} are not known here")
        numbers = torch.from_numpy(np.frombuffer(self._take(2 * count), "<f2").copy())
        self._take(-2 * count % 4)
        return numbers

    def plain(self, count: int) -> Tensor:
        """Read numbers of 32 bits."""
        return torch.from_numpy(np.frombuffer(self._take(4 * count), "<f4").copy())

    def _take(self, size: int) -> bytes:
        part = self._data[self._place : self._place + size]
        if len(part) != size:
            raise ValueError("the file of numbers ends too early")
        self._place += size
        return part
