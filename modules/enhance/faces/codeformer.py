"""CodeFormer: a transformer guesses which entries of a codebook of face parts a blurred face is made of.

Source: Zhou et al. 2022, "Towards Robust Blind Face Restoration with Codebook Lookup Transformer", arXiv:2206.11253;
encoder and decoder are VQGAN's (Esser et al. 2021, arXiv:2012.09841). Written anew from the papers and the names and
shapes of the published weights, which are under the S-Lab licence (not for commercial use) and are not part of Easel.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDES = (512, 256, 128, 64, 32, 16)
CHANNELS = {512: 64, 256: 128, 128: 128, 64: 256, 32: 256, 16: 512}
FUSED_SIDES = (32, 64, 128, 256)
"""Where the decoder takes in what the encoder saw, as much as the weight asks for."""
CODES, CODE_CHANNELS = 1024, 256
WIDTH, HEADS, LAYERS = 512, 8, 9
TOKENS = 16 * 16


class ResidualBlock(nn.Module):
    """(B, C, h, w) -> (B, D, h, w)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = _norm(channels), nn.Conv2d(channels, out, 3, padding=1)
        self.norm2, self.conv2 = _norm(out), nn.Conv2d(out, out, 3, padding=1)
        self.conv_out = nn.Conv2d(channels, out, 1) if channels != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        change = self.conv1(F.silu(self.norm1(x)))
        return self.conv_out(x) + self.conv2(F.silu(self.norm2(change)))


class AttentionBlock(nn.Module):
    """Every place looks at every other: (B, C, h, w) -> (B, C, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        q, k, v = (part(normed).flatten(2).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        return x + self.proj_out(seen)


class Halve(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Double(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0))


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Blocks(nn.Module):
    """Blocks in a row. `marks` holds, by side, the place of the block behind which that side's features are read."""

    def __init__(self, blocks: list[nn.Module], marks: Mapping[int, int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.marks = {place: side for side, place in marks.items()}


def make_encoder() -> Blocks:
    """Return what turns a face (B, 3, 512, 512) into (B, 256, 16, 16)."""
    blocks: list[nn.Module] = [nn.Conv2d(3, CHANNELS[512], 3, padding=1)]
    marks, before = dict[int, int](), CHANNELS[512]
    for side in SIDES:
        for _ in range(2):
            blocks.append(ResidualBlock(before, CHANNELS[side]))
            before = CHANNELS[side]
            marks[side] = len(blocks) - 1
            if side == SIDES[-1]:
                blocks.append(AttentionBlock(before))
        if side != SIDES[-1]:
            blocks.append(Halve(before))
    blocks += [ResidualBlock(before, before), AttentionBlock(before), ResidualBlock(before, before)]
    blocks += [_norm(before), nn.Conv2d(before, CODE_CHANNELS, 3, padding=1)]
    return Blocks(blocks, marks)


def make_generator() -> Blocks:
    """Return what turns codes (B, 256, 16, 16) into a face (B, 3, 512, 512)."""
    before = CHANNELS[16]
    blocks: list[nn.Module] = [nn.Conv2d(CODE_CHANNELS, before, 3, padding=1)]
    blocks += [ResidualBlock(before, before), AttentionBlock(before), ResidualBlock(before, before)]
    marks = dict[int, int]()
    for side in reversed(SIDES):
        for _ in range(2):
            blocks.append(ResidualBlock(before, CHANNELS[side]))
            before = CHANNELS[side]
            marks.setdefault(side, len(blocks) - 1)
            if side == SIDES[-1]:
                blocks.append(AttentionBlock(before))
        if side != SIDES[0]:
            blocks.append(Double(before))
    blocks += [_norm(before), nn.Conv2d(before, 3, 3, padding=1)]
    return Blocks(blocks, marks)


class Quantizer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CODES, CODE_CHANNELS)


class TransformerLayer(nn.Module):
    """tokens (T, B, 512), positions (T, B, 512) -> tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(WIDTH, HEADS)
        self.linear1, self.linear2 = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        normed = self.norm1(tokens)
        placed = normed + positions
        tokens = tokens + self.self_attn(placed, placed, normed, need_weights=False)[0]
        return tokens + self.linear2(F.gelu(self.linear1(self.norm2(tokens))))


class Fusion(nn.Module):
    """Lets what the encoder saw scale and shift what the decoder makes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encode_enc = ResidualBlock(2 * channels, channels)
        self.scale, self.shift = (
            nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1),
                nn.LeakyReLU(0.2),
                nn.Conv2d(channels, channels, 3, padding=1),
            )
            for _ in range(2)
        )

    def forward(self, seen: Tensor, made: Tensor, weight: float) -> Tensor:
        both = self.encode_enc(torch.cat([seen, made], 1))
        return made + weight * (made * self.scale(both) + self.shift(both))


class CodeFormer(nn.Module):
    """faces (B, 3, 512, 512) in -1..1 -> restored faces of the same form."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.generator, self.quantize = make_encoder(), make_generator(), Quantizer()
        self.position_emb = nn.Parameter(torch.zeros(TOKENS, WIDTH))
        self.feat_emb = nn.Linear(CODE_CHANNELS, WIDTH)
        self.ft_layers = nn.ModuleList(TransformerLayer() for _ in range(LAYERS))
        self.idx_pred_layer = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CODES, bias=False))
        self.fuse_convs_dict = nn.ModuleDict({str(side): Fusion(CHANNELS[side]) for side in FUSED_SIDES})

    def forward(self, faces: Tensor, weight: float = 0.5) -> Tensor:
        """Restore faces.

        Args:
            faces: (B, 3, 512, 512) in -1..1.
            weight: 0 trusts the codebook alone, 1 stays closest to the input.
        """
        seen, x = dict[int, Tensor](), faces
        for place, block in enumerate(self.encoder.blocks):
            x = block(x)
            if place in self.encoder.marks:
                seen[self.encoder.marks[place]] = x

        codes = _with_statistics_of(self._codes(x), x)
        for place, block in enumerate(self.generator.blocks):
            codes = block(codes)
            side = self.generator.marks.get(place)
            if side in FUSED_SIDES and weight > 0:
                codes = self.fuse_convs_dict[str(side)](seen[side], codes, weight)
        return codes

    def _codes(self, features: Tensor) -> Tensor:
        """Return the likeliest entry of the codebook for each place: (B, 256, 16, 16) of the same form."""
        tokens = self.feat_emb(features.flatten(2).permute(2, 0, 1))
        positions = self.position_emb.unsqueeze(1).expand_as(tokens)
        for layer in self.ft_layers:
            tokens = layer(tokens, positions)
        likeliest = self.idx_pred_layer(tokens).argmax(-1)
        return self.quantize.embedding(likeliest).permute(1, 2, 0).reshape(features.shape)


def _with_statistics_of(content: Tensor, style: Tensor) -> Tensor:
    """Return `content` with the mean and deviation that each channel (B, C, h, w) has in `style`."""
    spread = [(x.flatten(2).var(2) + 1e-5).sqrt()[..., None, None] for x in (content, style)]
    mean = [x.mean((2, 3), keepdim=True) for x in (content, style)]
    return (content - mean[0]) / spread[0] * spread[1] + mean[1]
