"""Makes small checkpoints with random weights in the layout of the original latent diffusion code (LDM)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Sizes:
    """The default has no width in common with the recorded tiny checkpoint."""

    channels: int = 32
    multipliers: tuple[int, ...] = (1, 3, 2)
    attended: tuple[bool, ...] = (True, True, False)
    res_blocks: int = 1
    in_channels: int = 4
    text_width: int = 128
    text_layers: int = 2
    text_ratio: int = 3
    vocabulary: int = 300
    vae_channels: int = 32
    vae_multipliers: tuple[int, ...] = (1, 1, 2, 3)
    vae_res_blocks: int = 1


FULL = Sizes(
    channels=320,
    multipliers=(1, 2, 4, 4),
    attended=(True, True, True, False),
    res_blocks=2,
    text_width=768,
    text_layers=12,
    text_ratio=4,
    vocabulary=49408,
    vae_channels=128,
    vae_multipliers=(1, 2, 4, 4),
    vae_res_blocks=2,
)
"""Stable Diffusion 1.5 itself: 1066 million parameters."""


def sd1_shapes(sizes: Sizes) -> Shapes:
    return {**unet_shapes(sizes), **vae_shapes(sizes), **text_shapes(sizes)}


def sd2_shapes(sizes: Sizes) -> Shapes:
    """Stable Diffusion 2: linear projections in the UNet, and OpenCLIP's text encoder."""
    unet = {
        name: shape[:2] if name.endswith(("proj_in.weight", "proj_out.weight")) else shape
        for name, shape in unet_shapes(sizes).items()
    }
    return {**unet, **vae_shapes(sizes), **open_clip_shapes(sizes)}


def open_clip_shapes(sizes: Sizes) -> Shapes:
    width = sizes.text_width
    shapes = _layer("token_embedding", sizes.vocabulary, width, bias=False) | _layer("ln_final", width)
    shapes |= {"positional_embedding": (77, width), "text_projection": (width, width), "logit_scale": ()}
    for number in range(sizes.text_layers):
        layer = _layer("ln_1", width) | _layer("ln_2", width) | _layer("attn.out_proj", width, width)
        layer |= {"attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,)}
        layer |= _layer("mlp.c_fc", width * sizes.text_ratio, width)
        layer |= _layer("mlp.c_proj", width, width * sizes.text_ratio)
        shapes |= _prefixed(f"transformer.resblocks.{number}", layer)
    return _prefixed("cond_stage_model.model", shapes)


def _layer(name: str, *shape: int, bias: bool = True) -> Shapes:
    return {f"{name}.weight": shape, **({f"{name}.bias": shape[:1]} if bias else {})}


def _prefixed(prefix: str, shapes: Shapes) -> Shapes:
    return {f"{prefix}.{name}": shape for name, shape in shapes.items()}


def _res_block(source: int, width: int, embedding: int) -> Shapes:
    return {
        **_layer("in_layers.0", source),
        **_layer("in_layers.2", width, source, 3, 3),
        **_layer("emb_layers.1", width, embedding),
        **_layer("out_layers.0", width),
        **_layer("out_layers.3", width, width, 3, 3),
        **(_layer("skip_connection", width, source, 1, 1) if source != width else {}),
    }


def _transformer(width: int, context: int) -> Shapes:
    shapes = {
        **_layer("norm", width),
        **_layer("proj_in", width, width, 1, 1),
        **_layer("proj_out", width, width, 1, 1),
    }
    block = "transformer_blocks.0"
    for attention, source in (("attn1", width), ("attn2", context)):
        shapes |= _layer(f"{block}.{attention}.to_q", width, width, bias=False)
        shapes |= _layer(f"{block}.{attention}.to_k", width, source, bias=False)
        shapes |= _layer(f"{block}.{attention}.to_v", width, source, bias=False)
        shapes |= _layer(f"{block}.{attention}.to_out.0", width, width)
    for norm in ("norm1", "norm2", "norm3"):
        shapes |= _layer(f"{block}.{norm}", width)
    shapes |= _layer(f"{block}.ff.net.0.proj", width * 8, width)
    return shapes | _layer(f"{block}.ff.net.2", width, width * 4)


def unet_shapes(sizes: Sizes) -> Shapes:
    base, context, embedding = sizes.channels, sizes.text_width, sizes.channels * 4
    shapes = {**_layer("time_embed.0", embedding, base), **_layer("time_embed.2", embedding, embedding)}
    shapes |= _layer("input_blocks.0.0", base, sizes.in_channels, 3, 3)
    skips, width, number = [base], base, 1
    for level, multiplier in enumerate(sizes.multipliers):
        for _ in range(sizes.res_blocks):
            shapes |= _prefixed(f"input_blocks.{number}.0", _res_block(width, base * multiplier, embedding))
            width = base * multiplier
            if sizes.attended[level]:
                shapes |= _prefixed(f"input_blocks.{number}.1", _transformer(width, context))
            skips.append(width)
            number += 1
        if level < len(sizes.multipliers) - 1:
            shapes |= _layer(f"input_blocks.{number}.0.op", width, width, 3, 3)
            skips.append(width)
            number += 1
    shapes |= _prefixed("middle_block.0", _res_block(width, width, embedding))
    shapes |= _prefixed("middle_block.1", _transformer(width, context))
    shapes |= _prefixed("middle_block.2", _res_block(width, width, embedding))
    number = 0
    for level, multiplier in reversed(list(enumerate(sizes.multipliers))):
        for i in range(sizes.res_blocks + 1):
            source, width = width + skips.pop(), base * multiplier
            shapes |= _prefixed(f"output_blocks.{number}.0", _res_block(source, width, embedding))
            if sizes.attended[level]:
                shapes |= _prefixed(f"output_blocks.{number}.1", _transformer(width, context))
            if level and i == sizes.res_blocks:
                place = 2 if sizes.attended[level] else 1
                shapes |= _layer(f"output_blocks.{number}.{place}.conv", width, width, 3, 3)
            number += 1
    shapes |= _layer("out.0", base) | _layer("out.2", 4, base, 3, 3)
    return _prefixed("model.diffusion_model", shapes)


def _vae_block(source: int, width: int) -> Shapes:
    return {
        **_layer("norm1", source),
        **_layer("conv1", width, source, 3, 3),
        **_layer("norm2", width),
        **_layer("conv2", width, width, 3, 3),
        **(_layer("nin_shortcut", width, source, 1, 1) if source != width else {}),
    }


def _vae_middle(width: int) -> Shapes:
    shapes = _prefixed("mid.block_1", _vae_block(width, width)) | _prefixed("mid.block_2", _vae_block(width, width))
    shapes |= _layer("mid.attn_1.norm", width)
    for name in ("q", "k", "v", "proj_out"):
        shapes |= _layer(f"mid.attn_1.{name}", width, width, 1, 1)
    return shapes


def vae_shapes(sizes: Sizes) -> Shapes:
    widths = [sizes.vae_channels * multiplier for multiplier in sizes.vae_multipliers]
    top = len(widths) - 1
    encoder = _layer("conv_in", widths[0], 3, 3, 3)
    source = widths[0]
    for level, width in enumerate(widths):
        for i in range(sizes.vae_res_blocks):
            encoder |= _prefixed(f"down.{level}.block.{i}", _vae_block(source, width))
            source = width
        if level < top:
            encoder |= _layer(f"down.{level}.downsample.conv", width, width, 3, 3)
    encoder |= _vae_middle(source) | _layer("norm_out", source) | _layer("conv_out", 8, source, 3, 3)
    decoder = _layer("conv_in", source, 4, 3, 3) | _vae_middle(source)
    for level, width in reversed(list(enumerate(widths))):
        for i in range(sizes.vae_res_blocks + 1):
            decoder |= _prefixed(f"up.{level}.block.{i}", _vae_block(source, width))
            source = width
        if level:
            decoder |= _layer(f"up.{level}.upsample.conv", width, width, 3, 3)
    decoder |= _layer("norm_out", source) | _layer("conv_out", 3, source, 3, 3)
    shapes = _prefixed("encoder", encoder) | _prefixed("decoder", decoder)
    shapes |= _layer("quant_conv", 8, 8, 1, 1) | _layer("post_quant_conv", 4, 4, 1, 1)
    return _prefixed("first_stage_model", shapes)


def text_shapes(sizes: Sizes) -> Shapes:
    width = sizes.text_width
    shapes = _layer("embeddings.token_embedding", sizes.vocabulary, width, bias=False)
    shapes |= _layer("embeddings.position_embedding", 77, width, bias=False) | _layer("final_layer_norm", width)
    for number in range(sizes.text_layers):
        layer = _layer("layer_norm1", width) | _layer("layer_norm2", width)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            layer |= _layer(f"self_attn.{name}", width, width)
        layer |= _layer("mlp.fc1", width * sizes.text_ratio, width) | _layer("mlp.fc2", width, width * sizes.text_ratio)
        shapes |= _prefixed(f"encoder.layers.{number}", layer)
    return _prefixed("cond_stage_model.transformer.text_model", shapes)


def random_tensors(shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype = torch.float16) -> dict[str, Tensor]:
    """Weights of a size that keeps signals alive through the network; norms near 1, biases near 0."""
    generator = torch.Generator().manual_seed(7)
    tensors = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator)
        fan_in = max(1, values[0].numel()) if len(shape) > 1 else 1
        if "embedding" in name:
            fan_in = 1
        scaled = values / fan_in**0.5 if len(shape) > 1 else values * 0.1 + float(name.endswith("weight"))
        tensors[name] = scaled.to(dtype)
    return tensors


def write_checkpoint(
    path: Path,
    sizes: Sizes | None = None,
    *,
    dtype: torch.dtype = torch.float16,
    extra: Mapping[str, Tensor] | None = None,
    metadata: dict[str, str] | None = None,
    shapes: Callable[[Sizes], Shapes] = sd1_shapes,
) -> dict[str, Tensor]:
    """Write a checkpoint file and return its tensors."""
    tensors = random_tensors(shapes(sizes or Sizes()), dtype) | dict(extra or {})
    save_file(tensors, path, metadata)
    return tensors


def write_variant(path: Path, recorded: Path, channels: int) -> dict[str, Tensor]:
    """Write a recorded tiny checkpoint (and its .yaml) whose UNet takes so many channels; return its tensors.

    The weights of the channels it had stay, those of the new ones are random.
    """
    tensors = load_file(recorded)
    name = "model.diffusion_model.input_blocks.0.0.weight"
    old = tensors[name]
    extra = torch.randn(old.shape[0], channels, 3, 3, generator=torch.Generator().manual_seed(channels))
    tensors[name] = torch.cat([old, (extra / (9 * channels) ** 0.5).to(old.dtype)[:, old.shape[1] :]], dim=1)
    save_file(tensors, path)
    shutil.copy(recorded.with_suffix(".yaml"), path.with_suffix(".yaml"))
    return tensors


def tiny_depth_config() -> dict[str, Any]:
    """Arguments of transformers' DPTConfig for a depth estimator of 30,000 parameters."""
    return {
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "image_size": 32,
        "patch_size": 8,
        "backbone_out_indices": [0, 1, 2, 3],
        "neck_hidden_sizes": [8, 8, 8, 8],
        "fusion_hidden_size": 8,
    }
