"""How far away things are in a picture, as a network estimates it: what depth checkpoints are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from modules.core.errors import CheckpointError

DepthEstimator = Callable[[Tensor], Tensor]
"""Pixels (B, 3, H, W) in 0..1 to nearness (B, 1, h, w), float32 of any range; near things have the larger values."""

DEPTH_ADVICE = (
    "This checkpoint paints by depth and needs a depth estimator: put one in the format of transformers, such as "
    "Intel/dpt-hybrid-midas (config.json and model.safetensors), into models/midas."
)


def no_depth_estimator() -> NoReturn:
    """Stand for an estimator that nobody has.

    Raises:
        CheckpointError: always.
    """
    raise CheckpointError(DEPTH_ADVICE)


class DptEstimator:
    """A DPT network as a `DepthEstimator`.

    Source: Ranftl et al. 2021, arXiv:2103.13413; pictures are stretched to its square and scaled to -1..1, as the
    published MiDaS models of this kind want them.

    Args:
        network: takes pixels (B, 3, side, side) and has `predicted_depth` (B, h, w) in its answer.
        side: of the square, in pixels.
    """

    def __init__(self, network: nn.Module, side: int) -> None:
        self._network = network
        self._side = side

    @torch.inference_mode()
    def __call__(self, pixels: Tensor) -> Tensor:
        """Return the nearness (B, 1, h, w) of what pixels (B, 3, H, W) in 0..1 show, on the network's device."""
        like = next(self._network.parameters())
        square = interpolate(pixels.float(), size=(self._side, self._side), mode="bicubic", antialias=True)
        answer: Any = self._network((square * 2 - 1).to(like.device, like.dtype))
        return answer.predicted_depth.float().unsqueeze(1)
