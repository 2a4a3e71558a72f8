"""The three parts of a checkpoint: which of its keys they have, and what diffusers and transformers call those."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from modules.checkpoints.architecture import UNET, VAE, clip_prefix
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
    prefix = clip_prefix(names)
    return [name for name in names if name.startswith(prefix) and not name.endswith("position_ids")]


def _convert_text_encoder(tensors: StateDict, _module: nn.Module) -> StateDict:
    prefix = clip_prefix(tensors)
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


COMPONENTS = {
    "text_encoder": Component(_text_encoder_keys, _convert_text_encoder),
    "unet": Component(
        _starting_with(UNET), lambda tensors, module: convert_ldm_unet_checkpoint(tensors, module.config)
    ),
    "vae": Component(_starting_with(VAE), lambda tensors, module: convert_ldm_vae_checkpoint(tensors, module.config)),
}
