"""An independent, plain forward pass of Stable Diffusion 1 from a checkpoint's own key names.

Written after Rombach et al. 2022 (arXiv:2112.10752) and Radford et al. 2021 (arXiv:2103.00020) with nothing but
`torch.nn.functional`, so that it shares no code and no key names with what it checks.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

GROUPS = 32


class Weights:
    """Tensors under a prefix, in 32 bits."""

    def __init__(self, tensors: dict[str, Tensor], prefix: str = "") -> None:
        self.tensors = tensors
        self.prefix = prefix

    def at(self, name: str) -> Weights:
        return Weights(self.tensors, f"{self.prefix}{name}.")

    def has(self, name: str) -> bool:
        return any(key.startswith(f"{self.prefix}{name}.") for key in self.tensors)

    def get(self, name: str) -> Tensor | None:
        tensor = self.tensors.get(self.prefix + name)
        return None if tensor is None else tensor.float()

    def linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self.get(f"{name}.weight"), self.get(f"{name}.bias"))

    def conv(self, name: str, x: Tensor, stride: int = 1, padding: int | None = None) -> Tensor:
        weight = self.get(f"{name}.weight")
        padding = weight.shape[-1] // 2 if padding is None else padding
        return F.conv2d(x, weight, self.get(f"{name}.bias"), stride=stride, padding=padding)

    def group_norm(self, name: str, x: Tensor, eps: float) -> Tensor:
        return F.group_norm(x, GROUPS, self.get(f"{name}.weight"), self.get(f"{name}.bias"), eps)

    def layer_norm(self, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.get(f"{name}.weight"), self.get(f"{name}.bias"))


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, *, causal: bool = False) -> Tensor:
    """Plain softmax attention of (B, T, C)."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        scores = scores + torch.full(scores.shape[-2:], -math.inf).triu(1)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(-2)


def text_encoder(w: Weights, tokens: Tensor, heads: int) -> Tensor:
    """CLIP's text transformer with quick GELU: (B, 77) -> (B, 77, C)."""
    x = w.get("embeddings.token_embedding.weight")[tokens] + w.get("embeddings.position_embedding.weight")
    number = 0
    while w.has(f"encoder.layers.{number}"):
        layer = w.at(f"encoder.layers.{number}")
        h = layer.layer_norm("layer_norm1", x)
        q, k, v = (layer.linear(f"self_attn.{name}_proj", h) for name in "qkv")
        x = x + layer.linear("self_attn.out_proj", attention(q, k, v, heads, causal=True))
        h = layer.linear("mlp.fc1", layer.layer_norm("layer_norm2", x))
        x = x + layer.linear("mlp.fc2", h * torch.sigmoid(1.702 * h))
        number += 1
    return w.layer_norm("final_layer_norm", x)


def open_clip(w: Weights, tokens: Tensor) -> Tensor:
    """OpenCLIP's text transformer with heads of 64 and plain GELU, without its last layer: (B, 77) -> (B, 77, C)."""
    x = w.get("token_embedding.weight")[tokens] + w.get("positional_embedding")
    number = 0
    while w.has(f"transformer.resblocks.{number + 1}"):
        layer = w.at(f"transformer.resblocks.{number}")
        h = layer.layer_norm("ln_1", x)
        q, k, v = F.linear(h, layer.get("attn.in_proj_weight"), layer.get("attn.in_proj_bias")).chunk(3, dim=-1)
        x = x + layer.linear("attn.out_proj", attention(q, k, v, q.shape[-1] // 64, causal=True))
        x = x + layer.linear("mlp.c_proj", F.gelu(layer.linear("mlp.c_fc", layer.layer_norm("ln_2", x))))
        number += 1
    return w.layer_norm("ln_final", x)


def _res_block(w: Weights, x: Tensor, embedding: Tensor) -> Tensor:
    h = w.conv("in_layers.2", F.silu(w.group_norm("in_layers.0", x, 1e-5)))
    h = h + w.linear("emb_layers.1", F.silu(embedding))[:, :, None, None]
    h = w.conv("out_layers.3", F.silu(w.group_norm("out_layers.0", h, 1e-5)))
    return h + (w.conv("skip_connection", x) if w.has("skip_connection") else x)


def _transformer(w: Weights, x: Tensor, context: Tensor, heads: int | None) -> Tensor:
    height, heads = x.shape[2], heads or x.shape[1] // 64
    linear = w.get("proj_in.weight").ndim == 2
    h = w.group_norm("norm", x, 1e-6)
    h = (h if linear else w.conv("proj_in", h)).flatten(2).transpose(1, 2)
    h = w.linear("proj_in", h) if linear else h
    block = w.at("transformer_blocks.0")
    for name, norm in (("attn1", "norm1"), ("attn2", "norm2")):
        query = block.layer_norm(norm, h)
        source = query if name == "attn1" else context
        q = block.linear(f"{name}.to_q", query)
        k, v = (block.linear(f"{name}.to_{letter}", source) for letter in "kv")
        h = h + block.linear(f"{name}.to_out.0", attention(q, k, v, heads))
    value, gate = block.linear("ff.net.0.proj", block.layer_norm("norm3", h)).chunk(2, dim=-1)
    h = h + block.linear("ff.net.2", value * F.gelu(gate))
    h = w.linear("proj_out", h) if linear else h
    h = h.transpose(1, 2).unflatten(2, (height, -1))
    return x + (h if linear else w.conv("proj_out", h))


def _block(w: Weights, x: Tensor, embedding: Tensor, context: Tensor, heads: int | None) -> Tensor:
    """One entry of input_blocks, middle_block or output_blocks: whatever parts it has, in order."""
    part = 0
    while w.has(str(part)):
        inner = w.at(str(part))
        if inner.has("in_layers"):
            x = _res_block(inner, x, embedding)
        elif inner.has("proj_in"):
            x = _transformer(inner, x, context, heads)
        elif inner.has("op"):
            x = inner.conv("op", x, stride=2)
        elif inner.has("conv"):
            x = inner.conv("conv", F.interpolate(x, scale_factor=2.0))
        else:
            x = w.conv(str(part), x)
        part += 1
    return x


def unet(w: Weights, x: Tensor, timestep: Tensor, context: Tensor, heads: int | None) -> Tensor:
    half = w.get("time_embed.0.weight").shape[1] // 2
    angles = timestep[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
    embedding = w.linear("time_embed.0", torch.cat([angles.cos(), angles.sin()], dim=-1))
    embedding = w.linear("time_embed.2", F.silu(embedding))
    skips, number = [], 0
    while w.has(f"input_blocks.{number}"):
        x = _block(w.at(f"input_blocks.{number}"), x, embedding, context, heads)
        skips.append(x)
        number += 1
    x = _block(w.at("middle_block"), x, embedding, context, heads)
    for number in range(len(skips)):
        x = _block(w.at(f"output_blocks.{number}"), torch.cat([x, skips.pop()], dim=1), embedding, context, heads)
    return w.conv("out.2", F.silu(w.group_norm("out.0", x, 1e-5)))


def _vae_block(w: Weights, x: Tensor) -> Tensor:
    h = w.conv("conv1", F.silu(w.group_norm("norm1", x, 1e-6)))
    h = w.conv("conv2", F.silu(w.group_norm("norm2", h, 1e-6)))
    return h + (w.conv("nin_shortcut", x) if w.has("nin_shortcut") else x)


def _vae_middle(w: Weights, x: Tensor) -> Tensor:
    x = _vae_block(w.at("mid.block_1"), x)
    normed = w.group_norm("mid.attn_1.norm", x, 1e-6)
    q, k, v = (w.conv(f"mid.attn_1.{name}", normed).flatten(2).transpose(1, 2) for name in "qkv")
    attended = attention(q, k, v, heads=1).transpose(1, 2).unflatten(2, x.shape[2:])
    return _vae_block(w.at("mid.block_2"), x + w.conv("mid.attn_1.proj_out", attended))


def _levels(w: Weights, name: str) -> int:
    return next(number for number in range(99) if not w.has(f"{name}.{number}"))


def vae_encode(w: Weights, pixels: Tensor) -> Tensor:
    """Pixels -> mean of the latents."""
    encoder = w.at("encoder")
    x = encoder.conv("conv_in", pixels)
    for level in range(_levels(encoder, "down")):
        here = encoder.at(f"down.{level}")
        for number in range(_levels(here, "block")):
            x = _vae_block(here.at(f"block.{number}"), x)
        if here.has("downsample"):
            x = here.conv("downsample.conv", F.pad(x, (0, 1, 0, 1)), stride=2, padding=0)
    x = encoder.conv("conv_out", F.silu(encoder.group_norm("norm_out", _vae_middle(encoder, x), 1e-6)))
    return w.conv("quant_conv", x).chunk(2, dim=1)[0]


def vae_decode(w: Weights, latents: Tensor) -> Tensor:
    decoder = w.at("decoder")
    x = _vae_middle(decoder, decoder.conv("conv_in", w.conv("post_quant_conv", latents)))
    for level in reversed(range(_levels(decoder, "up"))):
        here = decoder.at(f"up.{level}")
        for number in range(_levels(here, "block")):
            x = _vae_block(here.at(f"block.{number}"), x)
        if here.has("upsample"):
            x = here.conv("upsample.conv", F.interpolate(x, scale_factor=2.0))
    return decoder.conv("conv_out", F.silu(decoder.group_norm("norm_out", x, 1e-6)))
