"""Stable Diffusion 1's UNet with narrow widths, module for module under the names of its checkpoint files.

Source: Rombach et al. 2022, arXiv:2112.10752; layout of the public CompVis `UNetModel`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 64
MULTIPLIERS = (1, 1, 2, 2)
CONTEXT = 128
HEADS = 8
BLOCKS = 2


def zeroed(layer: nn.Module) -> nn.Module:
    """`layer` with every weight 0."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def timestep_embedding(t: Tensor, width: int) -> Tensor:
    """Cosines and sines of the timestep, (B, width). Source: Vaswani et al. 2017, as in DDPM."""
    half = width // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)
    angles = t.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class ResBlock(nn.Module):
    """A residual block that adds the timestep's embedding."""

    def __init__(self, width_in: int, width_out: int, time: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(
            nn.GroupNorm(32, width_in), nn.SiLU(), nn.Conv2d(width_in, width_out, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, width_out))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(32, width_out), nn.SiLU(), nn.Dropout(0), zeroed(nn.Conv2d(width_out, width_out, 3, padding=1))
        )
        self.skip_connection = nn.Identity() if width_in == width_out else nn.Conv2d(width_in, width_out, 1)

    def forward(self, x: Tensor, time: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        h = self.in_layers(x) + self.emb_layers(time)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class CrossAttention(nn.Module):
    """Multi-head attention of `x` to `context`, or to itself."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k, self.to_v = (nn.Linear(context, width, bias=False) for _ in range(2))
        self.to_out = nn.Sequential(nn.Linear(width, width), nn.Dropout(0))

    def forward(self, x: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        """Attend to `context` (B, n, width); row i counts `repeats[i]` times (n,), once if not given."""
        q, k, v = (
            layer(y).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for layer, y in ((self.to_q, x), (self.to_k, context), (self.to_v, context))
        )
        # On the CPU three plain steps beat the fused kernel by far for heads as narrow as these.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if repeats is not None:
            scores = scores + repeats.log()
        return self.to_out((scores.softmax(-1) @ v).transpose(1, 2).flatten(-2))


class GatedLinear(nn.Module):
    """A linear layer gated by GELU of another."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width_in, width_out * 2)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * functional.gelu(gate)


class FeedForward(nn.Module):
    """The transformer's two-layer part."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GatedLinear(width, 4 * width), nn.Dropout(0), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class TransformerBlock(nn.Module):
    """Self-attention, attention to the caption, feed-forward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn1, self.ff, self.attn2 = (
            CrossAttention(width, width),
            FeedForward(width),
            CrossAttention(width, CONTEXT),
        )
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        h = self.norm1(x)
        x = x + self.attn1(h, h)
        x = x + self.attn2(self.norm2(x), context, repeats)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """A transformer block over the places of a feature map."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, width, eps=1e-6)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(width)])
        self.proj_out = zeroed(nn.Conv2d(width, width, 1))

    def forward(self, x: Tensor, time: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        h = self.proj_in(self.norm(x))
        rows = self.transformer_blocks[0](h.flatten(2).transpose(1, 2), context, repeats)
        return x + self.proj_out(rows.transpose(1, 2).unflatten(-1, x.shape[2:]))


class Resample(nn.Module):
    """Half the size by a strided convolution ("op"), or twice the size and a convolution ("conv")."""

    def __init__(self, width: int, *, up: bool) -> None:
        super().__init__()
        self.up = up
        if up:
            self.conv = nn.Conv2d(width, width, 3, padding=1)
        else:
            self.op = nn.Conv2d(width, width, 3, stride=2, padding=1)

    def forward(self, x: Tensor, time: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        return self.conv(functional.interpolate(x, scale_factor=2.0)) if self.up else self.op(x)


class Stage(nn.Sequential):
    """Layers called one after the other with the timestep's embedding and the caption."""

    def forward(self, x: Tensor, time: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x) if isinstance(layer, nn.Conv2d) else layer(x, time, context, repeats)
        return x


class UNet(nn.Module):
    """Noisy latents (B, 4, h, w), timesteps (B,) and caption rows (B, n, CONTEXT) to the noise (B, 4, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        time, widths = 4 * BASE, [BASE * m for m in MULTIPLIERS]
        self.time_embed = nn.Sequential(nn.Linear(BASE, time), nn.SiLU(), nn.Linear(time, time))
        self.input_blocks = nn.ModuleList([Stage(nn.Conv2d(4, BASE, 3, padding=1))])
        kept, now = [BASE], BASE
        for level, width in enumerate(widths):
            for _ in range(BLOCKS):
                layers: list[nn.Module] = [ResBlock(now, width, time)]
                now = width
                self.input_blocks.append(Stage(*layers, *([SpatialTransformer(now)] if level < 3 else [])))
                kept.append(now)
            if level < 3:
                self.input_blocks.append(Stage(Resample(now, up=False)))
                kept.append(now)
        self.middle_block = Stage(ResBlock(now, now, time), SpatialTransformer(now), ResBlock(now, now, time))
        self.output_blocks = nn.ModuleList()
        for level, width in reversed(list(enumerate(widths))):
            for i in range(BLOCKS + 1):
                layers = [ResBlock(now + kept.pop(), width, time)]
                now = width
                if level < 3:
                    layers.append(SpatialTransformer(now))
                if level > 0 and i == BLOCKS:
                    layers.append(Resample(now, up=True))
                self.output_blocks.append(Stage(*layers))
        self.out = nn.Sequential(nn.GroupNorm(32, BASE), nn.SiLU(), zeroed(nn.Conv2d(BASE, 4, 3, padding=1)))

    def forward(self, x: Tensor, t: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        """Predict the noise; caption row i stands for `repeats[i]` equal rows (n,)."""
        time = self.time_embed(timestep_embedding(t, BASE))
        kept = []
        for stage in self.input_blocks:
            x = stage(x, time, context, repeats)
            kept.append(x)
        x = self.middle_block(x, time, context, repeats)
        for stage in self.output_blocks:
            beside = kept.pop()
            if x.shape[-2:] != beside.shape[-2:]:  # sides that are no multiples of 64 pixels
                x = functional.interpolate(x, beside.shape[-2:], mode="nearest")
            x = stage(torch.cat([x, beside], dim=1), time, context, repeats)
        return self.out(x)
