"""Reading tensors of a safetensors file, memory-mapped where they are wanted as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from modules.checkpoints.header import Header, TensorEntry
from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}


def check_types(entries: Mapping[str, TensorEntry]) -> None:
    """Make sure that weights are of a type we can read.

    Raises:
        ValueError: whole numbers, or floats of an unknown kind.
    """
    for name, entry in entries.items():
        if entry.dtype not in DTYPES:
            raise ValueError(f"{name} is of the type {entry.dtype}, which weights cannot have")


def read_tensors(path: Path, header: Header, names: Collection[str], dtype: torch.dtype) -> dict[str, Tensor]:
    """Return the named tensors as `dtype`, on the CPU.

    A tensor that has the type already *is* the mapped file: nothing is read before it is used. The others are
    read and converted one by one past the mapping, so that memory holds the result and never the file as well.

    Raises:
        CheckpointError: the file cannot be read, or changed meanwhile.
    """
    tensors: dict[str, Tensor] = {}
    try:
        with safe_open(path, framework="pt") as mapped, path.open("rb") as file:
            for name in names:
                entry = header.tensors[name]
                if DTYPES.get(entry.dtype) is dtype:
                    tensors[name] = mapped.get_tensor(name)
                else:
                    tensors[name] = _read(path, file, entry).to(dtype)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{printable(path.name)} cannot be read ({printable(str(error))}): download it again."
        ) from error
    return tensors


def _read(path: Path, file: BinaryIO, entry: TensorEntry) -> Tensor:
    raw = torch.empty(entry.end - entry.start, dtype=torch.uint8)
    file.seek(entry.start)
    if file.readinto(memoryview(raw.numpy())) != raw.numel():  # type: ignore[attr-defined]
        raise CheckpointError(f"{printable(path.name)} changed while it was read: try again.")
    return raw.view(DTYPES[entry.dtype]).reshape(entry.shape)
