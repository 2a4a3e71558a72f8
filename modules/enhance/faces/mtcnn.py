"""MTCNN's three small networks: they find faces and five points in each.

Source: Zhang et al. 2016, arXiv:1604.02878. The weights are those of the package facenet-pytorch 2.6.0 (MIT licence,
Copyright (c) 2019 Timothy Esler; see docs/third-party.md), whose layer names are kept.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from torch import Tensor, nn

WEIGHTS = Path(__file__).with_name("mtcnn.safetensors")


class Proposals(nn.Module):
    """Looks at every 12 x 12 pixels: (B, 3, H, W) -> is a face (B, 2, h, w), box shifts (B, 4, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 10, 3), nn.PReLU(10)
        self.pool1 = nn.MaxPool2d(2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1 = nn.Conv2d(32, 2, 1)
        self.conv4_2 = nn.Conv2d(32, 4, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = self.pool1(self.prelu1(self.conv1(pixels)))
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        return self.conv4_1(x).softmax(1), self.conv4_2(x)


class Refinement(nn.Module):
    """Looks at 24 x 24 pixels: (B, 3, 24, 24) -> is a face (B, 2), box shifts (B, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 28, 3), nn.PReLU(28)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(28, 48, 3), nn.PReLU(48)
        self.conv3, self.prelu3 = nn.Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense4, self.prelu4 = nn.Linear(576, 128), nn.PReLU(128)
        self.dense5_1 = nn.Linear(128, 2)
        self.dense5_2 = nn.Linear(128, 4)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = self.pool(self.prelu1(self.conv1(pixels)))
        x = self.pool(self.prelu2(self.conv2(x)))
        x = _flat(self.prelu3(self.conv3(x)))
        x = self.prelu4(self.dense4(x))
        return self.dense5_1(x).softmax(1), self.dense5_2(x)


class Output(nn.Module):
    """Looks at 48 x 48 pixels: (B, 3, 48, 48) -> is a face (B, 2), box shifts (B, 4), five x and five y (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 32, 3), nn.PReLU(32)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(32, 64, 3), nn.PReLU(64)
        self.conv3, self.prelu3 = nn.Conv2d(64, 64, 3), nn.PReLU(64)
        self.pool3 = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv4, self.prelu4 = nn.Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense5, self.prelu5 = nn.Linear(1152, 256), nn.PReLU(256)
        self.dense6_1 = nn.Linear(256, 2)
        self.dense6_2 = nn.Linear(256, 4)
        self.dense6_3 = nn.Linear(256, 10)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.pool(self.prelu1(self.conv1(pixels)))
        x = self.pool(self.prelu2(self.conv2(x)))
        x = self.pool3(self.prelu3(self.conv3(x)))
        x = _flat(self.prelu4(self.conv4(x)))
        x = self.prelu5(self.dense5(x))
        return self.dense6_1(x).softmax(1), self.dense6_2(x), self.dense6_3(x)


def _flat(x: Tensor) -> Tensor:
    """Flatten columns, rows, channels in this order: that of the framework in which the weights were made."""
    return x.permute(0, 3, 2, 1).flatten(1)


class Cascade(NamedTuple):
    """The three networks, in the order in which they are asked."""

    proposals: Proposals
    refinement: Refinement
    output: Output


@cache
def load_cascade() -> Cascade:
    """Return the networks with their weights, on the CPU; read once."""
    weights = safetensors.torch.load_file(WEIGHTS)
    cascade = Cascade(Proposals(), Refinement(), Output())
    for name, network in zip(Cascade._fields, cascade, strict=True):
        state = {key.removeprefix(f"{name}."): value.float() for key, value in weights.items() if key.startswith(name)}
        network.load_state_dict(state)
        network.eval().requires_grad_(requires_grad=False)
    return cascade
