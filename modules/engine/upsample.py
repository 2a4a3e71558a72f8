"""Upsampling in the UNet for latents whose sides are no multiples of 8.

The reference UNet doubles, convolves, and then fits the result to the skip connection (contract: A1111 accepts any
multiple of 8 pixels); diffusers fits first and convolves afterwards, which gives another picture.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import interpolate


class UpsampleThenFit(nn.Module):
    """Takes the place of a diffusers Upsample2D; `conv` is that module's convolution."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, hidden_states: Tensor, output_size: int | tuple[int, int] | None = None) -> Tensor:
        """Double (B, C, h, w), convolve, and cut or stretch to `output_size` (rows, columns) by nearest neighbours."""
        doubled = self.conv(interpolate(hidden_states, scale_factor=2.0, mode="nearest"))
        if output_size is None or tuple(doubled.shape[-2:]) == output_size:
            return doubled
        return interpolate(doubled, size=output_size, mode="nearest")


def fit_after_upsampling(unet: nn.Module) -> None:
    """Put `UpsampleThenFit` into each of the UNet's up blocks."""
    for block in unet.get_submodule("up_blocks").children():
        upsamplers = getattr(block, "upsamplers", None)
        if upsamplers is not None:
            block.upsamplers = nn.ModuleList(UpsampleThenFit(upsampler.conv) for upsampler in upsamplers)
