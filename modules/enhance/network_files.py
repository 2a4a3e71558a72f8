"""Model files of networks that work on pictures: read safely, recognised by spandrel, kept while they are used."""

from __future__ import annotations

import gc
import logging
import pickle
import struct
import time
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from modules.core.errors import CheckpointError
from modules.enhance.torchvision_stand_in import torchvision_for_import

with torchvision_for_import():
    from spandrel import MAIN_REGISTRY, ImageModelDescriptor, UnsupportedModelError, canonicalize_state_dict

log = logging.getLogger(__name__)

Network = ImageModelDescriptor[Any]
T = TypeVar("T")

# What torch and spandrel raise on damaged or hostile bytes.
DAMAGED = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    SafetensorError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    OSError,
    MemoryError,
)
MORE_THAN_TENSORS = ("GLOBAL", "call reduce for", "Can only", "persistent_load", "TorchScript")
"""In torch's messages: the file names code or objects that are not allowed."""


def read_state(path: Path) -> Mapping[str, Any]:
    """Return the tensors of a model file, on the CPU, without running anything that a pickle may hide.

    Raises:
        CheckpointError: it is not there, damaged, or holds more than tensors.
    """
    try:
        if path.suffix.lower() == ".safetensors":
            return safetensors.torch.load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.name} is no longer in {path.parent}.") from error
    except PermissionError as error:
        raise CheckpointError(f"{path} may not be read; give the program the right to.") from error
    except DAMAGED as error:
        if any(words in str(error) for words in MORE_THAN_TENSORS):
            raise CheckpointError(
                f"{path.name} holds more than tensors and could run a program hidden in it, so it is not loaded: "
                "get a .safetensors version of it."
            ) from error
        raise CheckpointError(f"{path.name} is damaged or incomplete: download it again.") from error
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{path.name} holds no network.")
    return state


def load_network(path: Path) -> Network:
    """Read a file of any architecture that spandrel knows; on the CPU, in 32 bits.

    Raises:
        CheckpointError: it cannot be read, or is nothing that makes a picture out of a picture.
    """
    state = canonicalize_state_dict(dict(read_state(path)))
    unknown = CheckpointError(
        f"{path.name} is no upscaler or restorer of a kind that is known here; another kind of model belongs elsewhere."
    )
    if not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise unknown
    try:
        network = MAIN_REGISTRY.load(state)
    except UnsupportedModelError as error:
        raise unknown from error
    except DAMAGED as error:
        raise CheckpointError(f"{path.name} lacks some of its network's weights: download it again.") from error
    if not isinstance(network, ImageModelDescriptor):
        raise unknown
    network.model.requires_grad_(requires_grad=False)
    return network.eval().float()


def place(network: Network, device: torch.device, *, half: bool) -> Network:
    """Move a network to a device; in 16 bits if asked for, possible, and useful there."""
    if half and device.type != "cpu" and (network.supports_half or network.supports_bfloat16):
        return network.to(device, torch.float16 if network.supports_half else torch.bfloat16)
    return network.to(device, torch.float32)


@dataclass(frozen=True)
class _Kept:
    changed: float
    network: Any


class NetworkCache:
    """Keeps the networks used last. Call it inside a job, so that no two threads load at once."""

    def __init__(self, limit: int = 2) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[Path, str], _Kept] = OrderedDict()

    def get(self, path: Path, kind: str, load: Callable[[], T]) -> T:
        """Return what `load` made of the file, unless the file has changed since; `kind` says how it was made."""
        key = (path, kind)
        changed = path.stat().st_mtime if path.exists() else 0.0
        kept = self._kept.get(key)
        if kept is None or kept.changed != changed:
            self._kept.pop(key, None)
            while len(self._kept) >= self._limit:
                self._kept.popitem(last=False)
            started = time.monotonic()
            kept = _Kept(changed, load())
            log.info("Loaded %s in %.1f s", path.name, time.monotonic() - started)
            self._kept[key] = kept
        self._kept.move_to_end(key)
        return kept.network

    def clear(self) -> None:
        """Let all of them go."""
        self._kept.clear()
        gc.collect()


NETWORKS = NetworkCache()
