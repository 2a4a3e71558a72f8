"""The types that each device and flag lead to."""

from dataclasses import replace

import pytest
import torch

from modules.core.flags import Flags
from modules.hardware.precision import FULL, Precision, choose_precision, has_nan

CUDA, MPS, CPU = torch.device("cuda"), torch.device("mps"), torch.device("cpu")
HALF, WHOLE = torch.float16, torch.float32


@pytest.mark.parametrize(
    ("device", "flags", "expected"),
    [
        (CPU, {}, FULL),
        (CPU, {"precision": "half", "upcast_sampling": True}, FULL),
        (CUDA, {}, Precision(HALF, HALF, HALF, autocast=True)),
        (CUDA, {"no_half": True}, FULL),
        (CUDA, {"no_half": True, "upcast_sampling": True}, FULL),
        (CUDA, {"precision": "full"}, FULL),
        (CUDA, {"precision": "half"}, Precision(HALF, HALF, HALF)),
        (CUDA, {"no_half_vae": True}, Precision(HALF, HALF, WHOLE, autocast=True)),
        (CUDA, {"upcast_sampling": True}, Precision(HALF, HALF, HALF, upcast_sampling=True)),
        (MPS, {}, Precision(HALF, HALF, WHOLE, upcast_sampling=True)),
        (MPS, {"no_half": True}, FULL),
    ],
)
def test_precision(device, flags, expected):
    assert choose_precision(replace(Flags(), **flags), device) == expected


def test_has_nan():
    assert has_nan(torch.tensor([1.0, float("nan")]))
    assert not has_nan(torch.tensor([1.0, float("inf")]))
    assert not has_nan(torch.empty(0))
