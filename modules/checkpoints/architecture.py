"""The sizes of a model, read off its tensor shapes: a tiny checkpoint and a full one take the same path.

The results are keyword arguments for diffusers' UNet2DConditionModel and AutoencoderKL and transformers'
CLIPTextConfig. Key names are those of the original latent diffusion code (LDM).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modules.checkpoints.header import Shapes
from modules.checkpoints.hints import Hints

UNET = "model.diffusion_model."
VAE = "first_stage_model."
TEXT_ENCODER = "cond_stage_model.transformer."
OPEN_CLIP = "cond_stage_model.model."

CLIP_HEAD_WIDTH = 64
UNET_HEAD_WIDTH = 64
SD1_UNET_HEADS = 8


@dataclass(frozen=True)
class Architecture:
    """Constructor arguments of the three modules."""

    unet: dict[str, Any]
    vae: dict[str, Any]
    text_encoder: dict[str, Any]


def sd1_architecture(shapes: Shapes, hints: Hints) -> Architecture:
    """Return the sizes of a Stable Diffusion 1.x checkpoint.

    Raises:
        ValueError: a tensor is missing, or the sizes are of no such model.
    """
    return Architecture(
        unet=unet_config(shapes, heads=hints.unet_heads or SD1_UNET_HEADS),
        vae=vae_config(shapes),
        text_encoder=clip_config(shapes, heads=hints.text_encoder_heads),
    )


def sd2_architecture(shapes: Shapes, hints: Hints) -> Architecture:
    """Return the sizes of a Stable Diffusion 2.x checkpoint.

    Raises:
        ValueError: a tensor is missing, or the sizes are of no such model.
    """
    return Architecture(
        unet=unet_config(shapes, heads=hints.unet_heads),
        vae=vae_config(shapes),
        text_encoder=open_clip_config(shapes, heads=hints.text_encoder_heads),
    )


def unet_config(shapes: Shapes, *, heads: int | None) -> dict[str, Any]:
    """Return the sizes of a UNet with `heads` attention heads everywhere; without, each is 64 wide."""
    levels = _unet_levels(shapes)
    widths = tuple(_size(shapes, f"{UNET}input_blocks.{level[0]}.0.in_layers.2.weight", 0) for level in levels)
    if heads is None and any(width % UNET_HEAD_WIDTH for width in widths):
        raise ValueError(
            f"its UNet is {min(widths)} wide, and the number of heads cannot be guessed: "
            "write `easel: {unet_heads: N}` into a .yaml file of the same name beside it"
        )
    attended = [f"{UNET}input_blocks.{level[0]}.1.proj_in.weight" in shapes for level in levels]
    depths = [max(1, _count(shapes, f"{UNET}input_blocks.{level[0]}.1.transformer_blocks.")) for level in levels]
    return {
        "in_channels": _size(shapes, f"{UNET}input_blocks.0.0.weight", 1),
        "out_channels": _size(shapes, f"{UNET}out.2.weight", 0),
        "block_out_channels": widths,
        "down_block_types": tuple("CrossAttnDownBlock2D" if here else "DownBlock2D" for here in attended),
        "up_block_types": tuple("CrossAttnUpBlock2D" if here else "UpBlock2D" for here in reversed(attended)),
        "layers_per_block": len(levels[0]),
        "transformer_layers_per_block": tuple(depths),
        "cross_attention_dim": _context_width(shapes),
        # diffusers calls the number of heads "attention_head_dim"
        "attention_head_dim": heads or tuple(width // UNET_HEAD_WIDTH for width in widths),
        "use_linear_projection": len(_shape(shapes, f"{UNET}middle_block.1.proj_in.weight")) == 2,
        "sample_size": 64,
    }


def _unet_levels(shapes: Shapes) -> list[list[int]]:
    """Return the numbers of the input blocks at each resolution; a downsampling convolution ends a level."""
    levels: list[list[int]] = [[]]
    for number in range(1, _count(shapes, f"{UNET}input_blocks.")):
        if f"{UNET}input_blocks.{number}.0.op.weight" in shapes:
            levels.append([])
        else:
            levels[-1].append(number)
    if not levels[-1] or len({len(level) for level in levels}) != 1:
        raise ValueError("its UNet has levels of unequal length")
    return levels


def _context_width(shapes: Shapes) -> int:
    return _size(shapes, f"{UNET}middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1)


def vae_config(shapes: Shapes) -> dict[str, Any]:
    """Return the sizes of an LDM autoencoder."""
    down = f"{VAE}encoder.down."
    levels = range(_count(shapes, down))
    return {
        "in_channels": _size(shapes, f"{VAE}encoder.conv_in.weight", 1),
        "out_channels": _size(shapes, f"{VAE}decoder.conv_out.weight", 0),
        "block_out_channels": tuple(_size(shapes, f"{down}{level}.block.0.conv1.weight", 0) for level in levels),
        "down_block_types": ("DownEncoderBlock2D",) * len(levels),
        "up_block_types": ("UpDecoderBlock2D",) * len(levels),
        "layers_per_block": _count(shapes, f"{down}0.block."),
        "latent_channels": _size(shapes, f"{VAE}decoder.conv_in.weight", 1),
        "sample_size": 512,
    }


def clip_config(shapes: Shapes, *, heads: int | None) -> dict[str, Any]:
    """Return the sizes of the CLIP text encoder; without `heads` each is 64 wide, as in every full-size one."""
    prefix = clip_prefix(shapes)
    words, width = _shape(shapes, f"{prefix}embeddings.token_embedding.weight")
    return {
        **_text_config(words, width, heads),
        "intermediate_size": _size(shapes, f"{prefix}encoder.layers.0.mlp.fc1.weight", 0),
        "num_hidden_layers": _count(shapes, f"{prefix}encoder.layers."),
        "max_position_embeddings": _size(shapes, f"{prefix}embeddings.position_embedding.weight", 0),
        "hidden_act": "quick_gelu",
    }


def open_clip_config(shapes: Shapes, *, heads: int | None) -> dict[str, Any]:
    """Return the sizes of OpenCLIP's text encoder without its last layer, of which prompts make no use."""
    words, width = _shape(shapes, f"{OPEN_CLIP}token_embedding.weight")
    return {
        **_text_config(words, width, heads),
        "intermediate_size": _size(shapes, f"{OPEN_CLIP}transformer.resblocks.0.mlp.c_fc.weight", 0),
        "num_hidden_layers": max(1, _count(shapes, f"{OPEN_CLIP}transformer.resblocks.") - 1),
        "max_position_embeddings": _size(shapes, f"{OPEN_CLIP}positional_embedding", 0),
        "hidden_act": "gelu",
    }


def _text_config(words: int, width: int, heads: int | None) -> dict[str, Any]:
    if heads is None and width % CLIP_HEAD_WIDTH:
        raise ValueError(
            f"its text encoder is {width} wide, and the number of heads cannot be guessed: "
            "write `easel: {text_encoder_heads: N}` into a .yaml file of the same name beside it"
        )
    heads = heads or width // CLIP_HEAD_WIDTH
    if width % heads:
        raise ValueError(f"its text encoder is {width} wide, which {heads} heads cannot share")
    return {
        "vocab_size": words,
        "hidden_size": width,
        "projection_dim": width,
        "num_attention_heads": heads,
        "bos_token_id": words - 2,
        "eos_token_id": words - 1,
    }


def clip_prefix(shapes: Iterable[str]) -> str:
    """Return what the text encoder's keys begin with; some old merges lack `text_model.`."""
    nested = f"{TEXT_ENCODER}text_model."
    return nested if any(key.startswith(nested) for key in shapes) else TEXT_ENCODER


def _count(shapes: Shapes, prefix: str) -> int:
    """Return how many numbers 0, 1, ... follow the prefix."""
    pattern = re.compile(re.escape(prefix) + r"(\d+)\.")
    found = {int(match[1]) for key in shapes if (match := pattern.match(key))}
    return len(found)


def _shape(shapes: Shapes, key: str) -> tuple[int, ...]:
    if key not in shapes:
        raise ValueError(f"the tensor {key} is missing")
    return shapes[key]


def _size(shapes: Shapes, key: str, axis: int) -> int:
    shape = _shape(shapes, key)
    if len(shape) <= axis:
        raise ValueError(f"the tensor {key} has the shape {list(shape)}")
    return shape[axis]
