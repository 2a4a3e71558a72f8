"""Pictures that repeat without a seam: convolutions that see the opposite edge beyond each edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from modules.engine.model import DiffusionModel


@contextmanager
def tiled(model: DiffusionModel, enabled: bool) -> Iterator[None]:
    """Let every convolution of the UNet and the VAE pad with the opposite edge instead of zeros.

    The two downsamplings of the VAE's encoder that are padded before the convolution stay as they are, as in A1111.
    """
    convolutions = _padded_convolutions(model) if enabled else []
    try:
        for convolution in convolutions:
            convolution.padding_mode = "circular"
        yield
    finally:
        for convolution in convolutions:
            convolution.padding_mode = "zeros"


def _padded_convolutions(model: DiffusionModel) -> list[nn.Conv2d]:
    return [
        module
        for part in (model.unet, model.vae)
        for module in part.modules()
        if isinstance(module, nn.Conv2d) and module.padding != (0, 0) and module.padding_mode == "zeros"
    ]
