"""Stable Diffusion 1's VAE with narrow widths, module for module under the names of its checkpoint files.

Source: Rombach et al. 2022, arXiv:2112.10752; layout of the public CompVis `AutoencoderKL`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 32
MULTIPLIERS = (3, 2, 3, 4)
WIDTHS = tuple(BASE * m for m in MULTIPLIERS)
BLOCKS = 2


def norm(width: int) -> nn.GroupNorm:
    """The VAE's group norm."""
    return nn.GroupNorm(32, width, eps=1e-6)


class ResBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))); begins as the identity."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm(width_in), nn.Conv2d(width_in, width_out, 3, padding=1)
        self.norm2, self.conv2 = norm(width_out), nn.Conv2d(width_out, width_out, 3, padding=1)
        if width_in != width_out:
            self.nin_shortcut = nn.Conv2d(width_in, width_out, 1)
        self.same = width_in == width_out
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(functional.silu(self.norm1(x)))
        h = self.conv2(functional.silu(self.norm2(h)))
        return (x if self.same else self.nin_shortcut(x)) + h


class Attention(nn.Module):
    """Single-head attention over all places; begins as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = norm(width)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(width, width, 1) for _ in range(4))
        nn.init.zeros_(self.proj_out.weight)
        nn.init.zeros_(self.proj_out.bias)

    def forward(self, x: Tensor) -> Tensor:
        b, c, height, width = x.shape
        h = self.norm(x)
        q, k, v = (layer(h).reshape(b, c, -1).transpose(1, 2)[:, None] for layer in (self.q, self.k, self.v))
        out = functional.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2).reshape(b, c, height, width)
        return x + self.proj_out(out)


class Middle(nn.Module):
    """Block, attention, block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block_1, self.attn_1, self.block_2 = ResBlock(width, width), Attention(width), ResBlock(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.block_2(self.attn_1(self.block_1(x)))


class Resample(nn.Module):
    """Half the size (padded right and below) or, nearest neighbour, twice the size; then a 3x3 convolution."""

    def __init__(self, width: int, *, up: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1 if up else 0, stride=1 if up else 2)
        self.up = up

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(functional.interpolate(x, scale_factor=2.0) if self.up else functional.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    """The blocks of one resolution."""

    def __init__(self, width_in: int, width_out: int, blocks: int) -> None:
        super().__init__()
        self.block = nn.ModuleList(ResBlock(width_in if i == 0 else width_out, width_out) for i in range(blocks))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.block:
            x = block(x)
        return x


class Encoder(nn.Module):
    """Pixels (B, 3, 8h, 8w) in -1..1 to moments (B, 8, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, WIDTHS[0], 3, padding=1)
        self.down = nn.ModuleList()
        for i, width in enumerate(WIDTHS):
            level = Level(WIDTHS[max(i - 1, 0)], width, BLOCKS)
            if i < 3:
                level.downsample = Resample(width, up=False)
            self.down.append(level)
        self.mid = Middle(WIDTHS[3])
        self.norm_out, self.conv_out = norm(WIDTHS[3]), nn.Conv2d(WIDTHS[3], 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for level in self.down[:3]:
            x = level.downsample(level(x))
        return self.tail(x)

    def tail(self, x: Tensor) -> Tensor:
        """The part at 1/8 of the size: features (B, 128, h, w) to moments (B, 8, h, w)."""
        return self.conv_out(functional.silu(self.norm_out(self.mid(self.down[3](x)))))


class Decoder(nn.Module):
    """Latents (B, 4, h, w) to pixels (B, 3, 8h, 8w) in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(4, WIDTHS[3], 3, padding=1)
        self.mid = Middle(WIDTHS[3])
        self.up = nn.ModuleList()
        for i, width in enumerate(WIDTHS):
            level = Level(WIDTHS[min(i + 1, 3)], width, BLOCKS + 1)
            if i > 0:
                level.upsample = Resample(width, up=True)
            self.up.append(level)
        self.norm_out, self.conv_out = norm(WIDTHS[0]), nn.Conv2d(WIDTHS[0], 3, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.mid(self.conv_in(z))
        for i in (3, 2, 1):
            x = self.up[i].upsample(self.up[i](x))
        return self.conv_out(functional.silu(self.norm_out(self.up[0](x))))


class AutoencoderKL(nn.Module):
    """Encoder, decoder and the two 1x1 convolutions between them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.quant_conv, self.post_quant_conv = nn.Conv2d(8, 8, 1), nn.Conv2d(4, 4, 1)

    def encode(self, pixels: Tensor) -> Tensor:
        """Mean latents, not yet times 0.18215."""
        return self.quant_conv(self.encoder(pixels))[:, :4]

    def decode(self, latents: Tensor) -> Tensor:
        """Pixels in -1..1 of latents already divided by 0.18215."""
        return self.decoder(self.post_quant_conv(latents))


def zero(*layers: nn.Module) -> None:
    """Set every weight and bias of `layers` to 0."""
    with torch.no_grad():
        for layer in layers:
            for parameter in layer.parameters():
                parameter.zero_()
