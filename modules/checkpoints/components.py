"""The three parts of a checkpoint: which of its keys they have, and what diffusers and transformers call those."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from modules.checkpoints.architecture import OPEN_CLIP, UNET, VAE, clip_prefix
from modules.checkpoints.libraries import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint

StateDict = dict[str, Tensor]


@dataclass(frozen=True)
class Component:
    """`keys` picks the file's keys; `convert` renames them for the module. Values are only moved or viewed."""

    keys: Callable[[Collection[str]], list[str]]
    convert: Callable[[StateDict, Any], StateDict]


def _starting_with(prefix: str) -> Callable[[Collection[str]], list[str]]:
    return lambda names: [name for name in names if name.startswith(prefix)]


def _text_encoder_keys(names: Collection[str]) -> list[str]:
    if any(name.startswith(OPEN_CLIP) for name in names):
        return [name for name in names if name.startswith(_OPEN_CLIP_PARTS)]
    prefix = clip_prefix(names)
    return [name for name in names if name.startswith(prefix) and not name.endswith("position_ids")]


def _convert_text_encoder(tensors: StateDict, _module: nn.Module) -> StateDict:
    if any(name.startswith(OPEN_CLIP) for name in tensors):
        return convert_open_clip(tensors)
    prefix = clip_prefix(tensors)
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


_OPEN_CLIP_PARTS = tuple(
    OPEN_CLIP + part for part in ("token_embedding.", "positional_embedding", "transformer.resblocks.", "ln_final.")
)
_OPEN_CLIP_LAYER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_OPEN_CLIP_OTHERS = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}


def convert_open_clip(tensors: StateDict) -> StateDict:
    """Rename OpenCLIP's text encoder for transformers' CLIPTextModel; query, key and value are parts of one tensor."""
    converted: StateDict = {}
    for name, tensor in tensors.items():
        rest = name.removeprefix(OPEN_CLIP)
        if rest in _OPEN_CLIP_OTHERS:
            converted[_OPEN_CLIP_OTHERS[rest]] = tensor
            continue
        number, _, part = rest.removeprefix("transformer.resblocks.").partition(".")
        layer = f"encoder.layers.{number}."
        if part.startswith("attn.in_proj_"):
            kind = part.removeprefix("attn.in_proj_")
            for letter, third in zip("qkv", tensor.chunk(3), strict=True):
                converted[f"{layer}self_attn.{letter}_proj.{kind}"] = third
        else:
            stem, _, kind = part.rpartition(".")
            converted[f"{layer}{_OPEN_CLIP_LAYER[stem]}.{kind}"] = tensor
    return converted


COMPONENTS = {
    "text_encoder": Component(_text_encoder_keys, _convert_text_encoder),
    "unet": Component(
        _starting_with(UNET), lambda tensors, module: convert_ldm_unet_checkpoint(tensors, module.config)
    ),
    "vae": Component(_starting_with(VAE), lambda tensors, module: convert_ldm_vae_checkpoint(tensors, module.config)),
}
