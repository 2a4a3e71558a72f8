"""Reading pickled tensors without running what a pickle may hide."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from typing import Any

import torch
from torch.nn.parameter import Parameter

from modules.core.errors import CheckpointError

# What torch raises on damaged or hostile bytes.
DAMAGED = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    ImportError,
    EOFError,
    OSError,
    MemoryError,
)

MORE_THAN_TENSORS = ("GLOBAL", "call reduce for", "Can only", "persistent_load")
"""In torch's messages: the pickle names code or objects that are not allowed."""

HARMLESS = [torch.nn.ParameterDict, torch.nn.ParameterList, Parameter]
"""Containers of tensors that old training scripts pickled, besides what torch allows by itself."""


def load_pickle(data: bytes, name: str, largest: int) -> Any:
    """Return what a file of `torch.save` holds: tensors, numbers, texts and containers of them, on the CPU.

    Args:
        data: the whole file.
        name: how to call it in messages.
        largest: how many bytes it may unpack to.

    Raises:
        CheckpointError: damaged, too large, or it wants to run code.
    """
    try:
        _check_unpacked_size(data, largest)
        with torch.serialization.safe_globals(HARMLESS):
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except DAMAGED as error:
        if any(words in str(error) for words in MORE_THAN_TENSORS):
            raise CheckpointError(
                f"{name} holds more than tensors and could run a program hidden in it, so it is not loaded: "
                "get a .safetensors version of it."
            ) from error
        raise CheckpointError(f"{name} is damaged or incomplete: download it again.") from error


def _check_unpacked_size(data: bytes, largest: int) -> None:
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > largest:
                raise ValueError("it unpacks to more than an embedding can be")
