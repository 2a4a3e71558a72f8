"""The parts of the VAE that are set by hand instead of trained, exactly linear whatever the picture's size.

Group norm throws away what is constant within a group of channels, and with it absolute colour. Where a value must
pass a norm unharmed it gets a group of its own with large constants K and -K beside it: those fix the group's spread,
and the value comes out as itself times a known number. A pair silu(v) - silu(-v) = v then undoes the activation. Where
a group has three channels only, v, -v and one K do, to within 1 % for K = 192.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from starter.vae_model import WIDTHS, AutoencoderKL, Decoder, Encoder, Resample, ResBlock, zero

K = 16.0
BIG_K = 192.0
HALF_SIZE = 24
"""Channels in use at half the picture's size."""
FEATURES = 84
"""How many principal components of an 8x8 patch the trained part of the encoder sees."""


def patches(pixels: Tensor) -> Tensor:
    """Pixels (B, 3, 8h, 8w) as the values of 8x8 patches, (B, 192, h, w), in the order the wired encoder makes."""
    x = pixels
    for _ in range(3):
        x = functional.pixel_unshuffle(x, 2)
    return x


def features(pixels: Tensor, components: Tensor, mean: Tensor) -> Tensor:
    """What the wired levels of the encoder hand to its trained tail: (B, 96, h, w).

    Channels 0..15: for each latent z, -z, K, -K; then the other principal components, up to `FEATURES`.

    Args:
        pixels: (B, 3, 8h, 8w) in -1..1.
        components: whitened principal directions (FEATURES, 192).
        mean: mean patch (192,).
    """
    weight, bias = feature_map(components, mean)
    return functional.conv2d(patches(pixels), weight[..., None, None], bias)


def feature_map(components: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """The map of `features` as a weight (96, 192) and a bias (96,)."""
    weight, bias = torch.zeros(WIDTHS[2], 192), torch.zeros(WIDTHS[2])
    offset = -components @ mean
    for i in range(4):
        weight[4 * i], weight[4 * i + 1] = components[i], -components[i]
        bias[4 * i : 4 * i + 4] = torch.stack([offset[i], -offset[i], torch.tensor(K), torch.tensor(-K)])
    weight[16 : 12 + FEATURES] = components[4:FEATURES]
    bias[16 : 12 + FEATURES] = offset[4:FEATURES]
    return weight, bias


@torch.no_grad()
def start_encoder_tail(encoder: Encoder) -> None:
    """Make the tail pass z through: the first four moments are the four leading principal components."""
    zero(encoder.conv_out)
    copy_channels(encoder.down[3].block[0].nin_shortcut)
    encoder.norm_out.weight.fill_(1.0)
    for i in range(4):
        encoder.norm_out.weight[4 * i : 4 * i + 2] = K / 2**0.5
        encoder.conv_out.weight[i, 4 * i, 1, 1] = 1.0
        encoder.conv_out.weight[i, 4 * i + 1, 1, 1] = -1.0


@torch.no_grad()
def wire_encoder(encoder: Encoder, components: Tensor, mean: Tensor) -> None:
    """Set the first three levels so that they compute `features` exactly."""
    zero(encoder.conv_in)
    for c in range(3):
        encoder.conv_in.weight[c, c, 1, 1] = 1.0
    count = 3
    for level in encoder.down[:3]:
        for block in level.block:
            pass_through(block)
        if count < 48:
            space_to_depth(level.downsample, count)
            count *= 4
    weight, bias = feature_map(components, mean)
    last: Resample = encoder.down[2].downsample
    zero(last)
    by_place = weight.reshape(WIDTHS[2], 48, 2, 2)
    last.conv.weight[:, :48, :2, :2] = by_place
    last.conv.bias.copy_(bias)


@torch.no_grad()
def space_to_depth(layer: Resample, count: int) -> None:
    """Make a stride-2 convolution copy each of `count` channels' 2x2 places to four channels, as pixel_unshuffle."""
    zero(layer)
    for c in range(count):
        for place in range(4):
            layer.conv.weight[4 * c + place, c, place // 2, place % 2] = 1.0


@torch.no_grad()
def pass_through(block: ResBlock | nn.Module) -> None:
    """Make a block the identity on the channels it keeps."""
    zero(block.conv1, block.conv2)
    if hasattr(block, "nin_shortcut"):
        copy_channels(block.nin_shortcut)


@torch.no_grad()
def copy_channels(layer: nn.Conv2d) -> None:
    """Make a 1x1 convolution copy its inputs, as far as it has outputs; further outputs are 0."""
    zero(layer)
    for c in range(min(layer.weight.shape[:2])):
        layer.weight[c, c, 0, 0] = 1.0


@torch.no_grad()
def start_decoder(vae: AutoencoderKL, z: Tensor, pixels: Tensor) -> None:
    """Make the decoder the best linear one that its up-sampling path allows, level by level, by least squares.

    Each level aims at the picture's 4x4, 2x2 and single pixels as channels. Blocks are still the identity.

    Args:
        vae: changed in place.
        z: latents (B, 4, h, w) of `pixels`.
        pixels: (B, 3, 8h, 8w) in -1..1.
    """
    decoder = vae.decoder
    near = functional.unfold(z, 3, padding=1).unflatten(2, z.shape[2:])
    decoder.conv_in.weight[:36] = torch.eye(36).reshape(36, 4, 3, 3)
    decoder.conv_in.weight[36:] *= 0.3
    decoder.conv_in.bias[:36] = 0
    x = near
    for level, target in (
        (3, functional.pixel_unshuffle(pixels, 4)),
        (2, functional.pixel_unshuffle(pixels, 2)),
        (1, pixels),
    ):
        conv: nn.Conv2d = decoder.up[level].upsample.conv
        x = fit_upsampling(conv, x, target)
        if level == 3:
            shortcut(decoder.up[level - 1].block[0].nin_shortcut, x.shape[1])


def shortcut(layer: nn.Conv2d, count: int) -> None:
    """Copy the first `count` channels; the others keep small random weights among themselves."""
    layer.weight *= 0.3
    layer.weight[:count] = 0
    layer.weight[:, :count] = 0
    layer.bias[:] = 0
    for c in range(count):
        layer.weight[c, c, 0, 0] = 1.0


def fit_upsampling(conv: nn.Conv2d, x: Tensor, target: Tensor) -> Tensor:
    """Fit the first channels of a 3x3 convolution after nearest-neighbour doubling to `target`; returns its output."""
    doubled = functional.interpolate(x, scale_factor=2.0)
    columns = functional.unfold(doubled, 3, padding=1).transpose(1, 2).flatten(0, 1).double()
    columns = torch.cat([columns, torch.ones(len(columns), 1, dtype=torch.float64)], dim=1)
    goal = target.flatten(2).transpose(1, 2).flatten(0, 1).double()
    ridge = 1e-3 * len(columns) * torch.eye(columns.shape[1], dtype=torch.float64)
    ridge[-1, -1] = 0
    solution = torch.linalg.solve(columns.T @ columns + ridge, columns.T @ goal).float()
    inputs, outputs = x.shape[1], target.shape[1]
    conv.weight[outputs:] *= 0.3 if conv.out_channels > 64 else 0
    conv.weight[:outputs] = 0
    conv.weight[:outputs, :inputs] = solution[:-1].T.reshape(outputs, inputs, 3, 3)
    conv.bias[:outputs] = solution[-1]
    return functional.conv2d(doubled, conv.weight[:outputs, :inputs], conv.bias[:outputs], padding=1)


@torch.no_grad()
def wire_decoder_end(decoder: Decoder) -> None:
    """Set level 0 so that channels 0..2 of the level before come out as red, green and blue."""
    first: ResBlock = decoder.up[0].block[0]
    for block in decoder.up[0].block:
        pass_through(block)
    zero(first.nin_shortcut, decoder.norm_out, decoder.conv_out)
    decoder.norm_out.weight.fill_(0)
    for c in range(3):
        group = 3 * c
        first.nin_shortcut.bias[group + 2] = BIG_K
        for channel, sign in ((group, 1.0), (group + 1, -1.0)):
            first.nin_shortcut.weight[channel, c, 0, 0] = sign
            decoder.norm_out.weight[channel] = 90.5  # BIG_K * sqrt(2) / 3, the spread of (v, -v, K), exact in half
            decoder.norm_out.bias[channel] = BIG_K / 3
            decoder.conv_out.weight[c, channel, 1, 1] = sign


def fast_decode(decoder: Decoder, z: Tensor) -> Tensor:
    """`decoder(z)` without the layers that are wired as the identity: same pixels to 1 %, ten times cheaper."""
    x = decoder.up[3].upsample(decoder.up[3](decoder.mid(decoder.conv_in(z))))
    x = decoder.up[2].block[0](x)
    for level, inputs, outputs in ((2, WIDTHS[2], HALF_SIZE), (1, HALF_SIZE, 3)):
        conv: nn.Conv2d = decoder.up[level].upsample.conv
        bias = conv.bias[:outputs]
        x = functional.conv2d(
            functional.interpolate(x, scale_factor=2.0), conv.weight[:outputs, :inputs], bias, padding=1
        )
    return x


@torch.no_grad()
def wire_decoder_middle(decoder: Decoder) -> None:
    """Let the half-size level pass channels on, and only the first block of the quarter-size level learn."""
    for block in (*decoder.up[2].block[1:], *decoder.up[1].block):
        pass_through(block)
    zero(decoder.up[1].upsample)


def fast_encode(vae: AutoencoderKL, pixels: Tensor, components: Tensor, mean: Tensor) -> Tensor:
    """`vae.encode(pixels)` without the convolutions of the wired levels."""
    return vae.quant_conv(vae.encoder.tail(features(pixels, components, mean)))[:, :4]
