"""DeepDanbooru's network resnet_custom_v3, from the file that A1111 users have.

Source: Kichang Kim, DeepDanbooru (MIT licence), `model/resnet.py`, `model/layers`, `image`: what its Keras layers
compute, with batch normalisation already part of the convolutions, as exporters to ONNX leave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from modules.core.errors import CheckpointError
from modules.enhance.network_files import read_state

UNKNOWN = (
    "{name} does not hold DeepDanbooru's network resnet_custom_v3 (model-resnet_custom_v3.pt); a tagger of another "
    "kind works as ONNX file, with selected_tags.csv beside it."
)


@dataclass(frozen=True)
class Design:
    """How large the network is.

    Attributes:
        widths: channels that each stage gives.
        repeats: blocks of each stage behind its first one.
        side: of the square pictures that it sees.
    """

    widths: Sequence[int] = (256, 512, 1024, 1024, 2048, 4096)
    repeats: Sequence[int] = (2, 7, 19, 19, 2, 2)
    side: int = 512


class SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow's `same` does: what is odd goes to the right and below."""

    def forward(self, input: Tensor) -> Tensor:
        """Return ceil(side / stride) pixels a side."""
        return super().forward(pad_same(input, self.kernel_size[0], self.stride[0]))


def pad_same(x: Tensor, kernel: int, stride: int, value: float = 0) -> Tensor:
    """Pad (B, C, H, W) so that a window with a stride gives ceil(side / stride) values a side."""
    height, width = (_padding(side, kernel, stride) for side in x.shape[-2:])
    return functional.pad(x, (*width, *height), value=value)


def _padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return whole // 2, whole - whole // 2


class Block(nn.Module):
    """A bottleneck: 1x1, 3x3 and 1x1 convolutions beside a shortcut; the first of a stage has weights in both."""

    def __init__(self, given: int, width: int, stride: int, *, is_first: bool) -> None:
        super().__init__()
        inner = width // 4
        self.shrink = SameConv(given, inner, 1)
        self.middle = SameConv(inner, inner, 3, stride)
        self.widen = SameConv(inner, width, 1)
        self.shortcut = SameConv(given, width, 1, stride) if is_first else None

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block makes of (B, C, H, W)."""
        beside = x if self.shortcut is None else self.shortcut(x)
        inner = torch.relu(self.middle(torch.relu(self.shrink(x))))
        return torch.relu(self.widen(inner) + beside)


class DeepDanbooru(nn.Module):
    """The network.

    Args:
        tags: what its outputs mean.
        design: how large it is.
    """

    def __init__(self, tags: Sequence[str], design: Design) -> None:
        super().__init__()
        self.tags, self.side = list(tags), design.side
        first = design.widths[0] // 4
        self.stem = SameConv(3, first, 7, 2)
        self.blocks = nn.Sequential(*_blocks(design, first))
        self.head = SameConv(design.widths[-1], len(tags), 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (B, tags) of pictures (B, 3, side, side) in 0..1."""
        x = torch.relu(self.stem(x))
        x = functional.max_pool2d(pad_same(x, 3, 2, -torch.inf), 3, 2)
        return self.head(self.blocks(x)).mean((2, 3)).sigmoid()

    @torch.inference_mode()
    def scores(self, picture: Image.Image) -> list[tuple[str, float]]:
        """Return how well each tag fits a picture (RGB)."""
        pixels = torch.from_numpy(np.array(squared(picture, self.side), dtype=np.float32) / 255)
        found = self(pixels.permute(2, 0, 1)[None].to(self.head.weight.device))[0]
        return list(zip(self.tags, found.tolist(), strict=True))


def _blocks(design: Design, given: int) -> Iterator[Block]:
    for stage, (before, width) in enumerate(pairwise((given, *design.widths))):
        yield Block(before, width, 2 if stage else 1, is_first=True)
        yield from (Block(width, width, 1, is_first=False) for _ in range(design.repeats[stage]))


def squared(picture: Image.Image, side: int) -> Image.Image:
    """Fit a picture into a square, its edges drawn out to the sides."""
    scale = side / max(picture.size)
    width, height = (max(round(length * scale), 1) for length in picture.size)
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = np.asarray(picture.resize((width, height), method))
    left, top = (side - width) // 2, (side - height) // 2
    return Image.fromarray(np.pad(small, ((top, side - height - top), (left, side - width - left), (0, 0)), "edge"))


def load_deepdanbooru(path: Path, design: Design | None = None) -> DeepDanbooru:
    """Read the network from a file, whatever the weights in it are called: they are told apart by order and shape.

    Raises:
        CheckpointError: it cannot be read, or holds something else.
    """
    state = read_state(path)
    unknown = CheckpointError(UNKNOWN.format(name=path.name))
    weights = _convolutions(state)
    if not weights or weights[-1][1] is not None:
        raise unknown
    tags = next((value for value in state.values() if _are_tags(value, len(weights[-1][0]))), None)
    if tags is None:
        raise unknown
    network = DeepDanbooru(tags, design or Design())
    try:
        _fill(network, weights)
    except (ValueError, StopIteration, RuntimeError) as error:
        raise unknown from error
    return network.eval().requires_grad_(requires_grad=False)


def _are_tags(value: Any, count: int) -> bool:
    return isinstance(value, list | tuple) and len(value) == count and all(isinstance(tag, str) for tag in value)


Weights = tuple[Tensor, Tensor | None]
"""Of a convolution: weight and bias."""


def _convolutions(state: Mapping[str, Any]) -> list[Weights]:
    weights = [(name, value) for name, value in state.items() if isinstance(value, Tensor) and value.ndim == 4]
    return [(value.float(), _bias(state, name)) for name, value in weights]


def _bias(state: Mapping[str, Any], name: str) -> Tensor | None:
    bias = state.get(f"{name.removesuffix('weight')}bias")
    return bias.float() if isinstance(bias, Tensor) else None


def _fill(network: DeepDanbooru, weights: Sequence[Weights]) -> None:
    """Give each convolution its weights.

    Of the four at the beginning of a stage, exporters put the shortcut's at one place or another, but always at the
    same; it is found at the second stage, where the shapes leave no doubt.
    """
    left = iter(weights)
    firsts = [block for block in network.blocks if isinstance(block, Block) and block.shortcut is not None]
    place = _shortcut_place(network, weights, firsts[1])
    _put(network.stem, next(left))
    for block in network.blocks:
        assert isinstance(block, Block)
        order = [block.shrink, block.middle, block.widen]
        if block.shortcut is not None:
            order.insert(place, block.shortcut)
        for convolution in order:
            _put(convolution, next(left))
    _put(network.head, next(left))
    if next(left, None) is not None:
        raise ValueError("more weights than the network has")


def _shortcut_place(network: DeepDanbooru, weights: Sequence[Weights], second: Block) -> int:
    before = 1 + sum(4 if block.shortcut is not None else 3 for block in _until(network.blocks, second))
    assert second.shortcut is not None
    shapes = [weight.shape for weight, _bias in weights[before : before + 4]]
    return shapes.index(second.shortcut.weight.shape)


def _until(blocks: nn.Sequential, last: Block) -> Iterator[Block]:
    for block in blocks:
        if block is last:
            return
        assert isinstance(block, Block)
        yield block


def _put(convolution: SameConv, given: Weights) -> None:
    weight, bias = given
    if weight.shape != convolution.weight.shape or (bias is None) != (convolution.bias is None):
        raise ValueError(f"weights of shape {tuple(weight.shape)} where {tuple(convolution.weight.shape)} belong")
    if bias is not None and len(bias) != len(weight):
        raise ValueError(f"{len(bias)} biases where {len(weight)} belong")
    convolution.weight = nn.Parameter(weight)
    convolution.bias = None if bias is None else nn.Parameter(bias)
