"""Lets spandrel be imported where there is no torchvision, of which it wants three names.

torchvision is not installed with Easel: one that does not fit its PyTorch takes transformers and diffusers down with it
(see `modules/hardware/torchvision_guard.py`).
"""

from __future__ import annotations

import enum
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from torch import Tensor

NAMES = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")


class InterpolationMode(enum.Enum):
    """How pixels are resampled; spandrel's LaMa names one of them in passing."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """Return (tensor - mean) / std by channel, of (..., C, H, W)."""
    means, deviations = (tensor.new_tensor(values).view(-1, 1, 1) for values in (mean, std))
    return tensor.sub_(means).div_(deviations) if inplace else (tensor - means) / deviations


def rotate(*_arguments: Any, **_more: Any) -> Tensor:
    """Refuse: only training LaMa would rotate pictures."""
    raise NotImplementedError


@contextmanager
def torchvision_for_import() -> Iterator[None]:
    """Put the three names where an import finds them, unless there is a torchvision that works. Gone afterwards."""
    if _is_there():
        yield
        return
    before = {name: sys.modules.get(name) for name in NAMES if name in sys.modules}
    sys.modules.update(zip(NAMES, _modules(), strict=True))
    try:
        yield
    finally:
        for name in NAMES:
            sys.modules.pop(name, None)
        sys.modules.update(before)  # pyright: ignore[reportArgumentType, reportCallIssue] - None hides a broken one


def _is_there() -> bool:
    try:
        importlib.import_module("torchvision.transforms.functional")
    except Exception:  # noqa: BLE001 - a torchvision that does not fit may raise anything
        return False
    return True


def _modules() -> list[ModuleType]:
    modules: list[Any] = [ModuleType(name) for name in NAMES]
    for name, module in zip(NAMES, modules, strict=True):
        module.__spec__ = ModuleSpec(name, None)
        module.__path__ = []
    root, transforms, functional = modules
    root.transforms, transforms.functional = transforms, functional
    functional.InterpolationMode, functional.normalize, functional.rotate = InterpolationMode, normalize, rotate
    return modules
