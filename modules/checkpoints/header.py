"""The header of a safetensors file: names, types and shapes of its tensors, and its metadata, without reading weights.

Source: the format as described by safetensors (8 bytes of length, JSON, then the data).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError

LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000
"""The limit of the safetensors library."""

ITEM_BYTES = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "I8", "U8", "BOOL"), 1),
}

Shapes = Mapping[str, tuple[int, ...]]
"""Tensor name to shape."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of the file; `start` and `end` count bytes from the beginning of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a safetensors file says about itself."""

    tensors: Mapping[str, TensorEntry]
    metadata: Mapping[str, str]

    @property
    def shapes(self) -> Shapes:
        """The shape of every tensor."""
        return {name: entry.shape for name, entry in self.tensors.items()}


def read_header(path: Path) -> Header:
    """Read and check the header of a safetensors file.

    Raises:
        CheckpointError: no such file, no right to read it, or not a whole safetensors file.
    """
    name = printable(path.name)
    if path.is_dir():
        raise CheckpointError(f"{name} is a folder, not a checkpoint file: put the .safetensors file itself there.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _parse(name, file, size)
    except FileNotFoundError as error:
        raise CheckpointError(f"{name} is no longer there: refresh the list of checkpoints.") from error
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}).") from error


def _parse(name: str, file: BinaryIO, size: int) -> Header:
    if size == 0:
        raise CheckpointError(f"{name} is empty: download it again.")
    first = file.read(LENGTH_BYTES)
    length = int.from_bytes(first, "little")
    start = LENGTH_BYTES + length
    if len(first) < LENGTH_BYTES or length > LONGEST_HEADER or file.peek(1)[:1] != b"{":  # type: ignore[attr-defined]
        raise CheckpointError(_not_safetensors(name, first))
    if start > size:
        raise CheckpointError(f"{name} is incomplete, its header breaks off: download it again.")
    try:
        content = json.loads(file.read(length))
        metadata = content.pop("__metadata__", None) or {}
        tensors = {key: _entry(value, start) for key, value in content.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{name} has a damaged header: download it again.") from error
    needed = max((entry.end for entry in tensors.values()), default=start)
    if needed > size:
        raise CheckpointError(f"{name} is incomplete, {size:,} of {needed:,} bytes are there: download it again.")
    return Header(tensors, {str(key): str(value) for key, value in metadata.items()})


def _entry(value: Mapping[str, Any], data_start: int) -> TensorEntry:
    dtype, shape = str(value["dtype"]), tuple(int(size) for size in value["shape"])
    start, end = (int(offset) for offset in value["data_offsets"])
    right_size = dtype not in ITEM_BYTES or end - start == math.prod(shape) * ITEM_BYTES[dtype]
    if min(shape, default=0) < 0 or not 0 <= start <= end or not right_size:
        raise ValueError("offsets and shape disagree")
    return TensorEntry(dtype, shape, data_start + start, data_start + end)


def _not_safetensors(name: str, first: bytes) -> str:
    if first.startswith((b"PK\x03\x04", b"\x80\x02")):
        return f"{name} is a pickled checkpoint named .safetensors: get the real .safetensors version of it."
    return f"{name} is not a safetensors file (perhaps a web page or a text was saved in its place): download it again."
