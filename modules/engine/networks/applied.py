"""Which networks a model has on it at present. They stay from job to job, so that the same ones cost nothing again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from modules.engine.networks.embeddings import EmbeddingIndex
from modules.engine.networks.hypernetwork import Hypernetwork, changed_input
from modules.engine.networks.lora import Lora
from modules.engine.networks.lora_keys import layers_of_text_encoder, layers_of_unet
from modules.engine.networks.patched_layers import LoraChange, LoraDoesNotFitError, PatchedLayers


@dataclass(frozen=True)
class ActiveLora:
    """A LoRA as a prompt asks for it.

    Attributes:
        te: multiplier for the text encoder.
        unet: multiplier for the UNet.
        ranks: how many of its ranks to use; None for all.
    """

    lora: Lora
    te: float = 1.0
    unet: float = 1.0
    ranks: int | None = None


@dataclass(frozen=True)
class ActiveNetworks:
    """All networks of a pass.

    Attributes:
        hypernetworks: with their strengths; each works on what the one before gives.
        functional: LoRAs are computed beside the weights instead of being added to them.
    """

    loras: tuple[ActiveLora, ...] = ()
    hypernetworks: tuple[tuple[Hypernetwork, float], ...] = ()
    functional: bool = False

    def conditioned_by(self, other: ActiveNetworks) -> ActiveNetworks:
        """Return networks that do to the UNet what these do, and to the text encoder what the other ones do."""
        on_unet = (replace(active, te=0.0) for active in self.loras)
        on_text_encoder = (replace(active, unet=0.0) for active in other.loras)
        return replace(self, loras=(*on_unet, *on_text_encoder))


NO_NETWORKS = ActiveNetworks()


def with_bundled(embeddings: EmbeddingIndex, networks: ActiveNetworks) -> EmbeddingIndex:
    """Return the embeddings with those that come with LoRAs, in place of those that came with others before."""
    bundled = [named for active in networks.loras for named in active.lora.embeddings]
    return embeddings.with_guests(bundled)


class AppliedNetworks:
    """The networks on one model: on its text encoder and its UNet."""

    def __init__(self, text_encoder: nn.Module, unet: nn.Module) -> None:
        self._text_encoder = PatchedLayers(layers_of_text_encoder(text_encoder))
        self._unet = PatchedLayers(layers_of_unet(unet))
        self._attention = _attention_inputs(unet)
        self._hypernetworks: Hashable = ()
        self._hooks: list[RemovableHandle] = []
        self._misfits: set[Hashable] = set()

    @property
    def on_text_encoder(self) -> Hashable:
        """Stands for what is done to the text encoder: encodings made under another one are of no use."""
        return self._text_encoder.present

    @torch.no_grad()
    def use(self, wanted: ActiveNetworks, device: torch.device) -> list[str]:
        """Put these networks on the model in place of those that are on it.

        Those made for another kind of model are left out.

        Returns:
            Sentences for people about what was left out.
        """
        loras = [active for active in wanted.loras if active.lora.key not in self._misfits and self._knows(active.lora)]
        while True:
            try:
                te = [LoraChange(active.lora, active.te, active.ranks) for active in loras]
                unet = [LoraChange(active.lora, active.unet, active.ranks) for active in loras]
                self._text_encoder.change(te, device, functional=wanted.functional)
                self._unet.change(unet, device, functional=wanted.functional)
                break
            except LoraDoesNotFitError as error:
                self._misfits.add(error.lora.key)
                loras = [active for active in loras if active.lora.key != error.lora.key]
        self._use_hypernetworks(wanted.hypernetworks, device)
        return self._remarks(wanted)

    def _use_hypernetworks(self, wanted: Sequence[tuple[Hypernetwork, float]], device: torch.device) -> None:
        key = tuple((network.key, strength) for network, strength in wanted)
        if key == self._hypernetworks:
            return
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        for network, strength in wanted:
            for layer, is_value in self._attention:
                pair = network.layers.get(layer.in_features)
                if pair is not None and strength != 0:
                    change = partial(changed_input, pair[is_value].to(device), strength)
                    self._hooks.append(layer.register_forward_pre_hook(partial(_change_first, change)))
        self._hypernetworks = key

    # --- what is told ---------------------------------------------------------------------------------------------

    def _knows(self, lora: Lora) -> bool:
        return any(self._has(name) for name in lora.layers)

    def _has(self, layer: str) -> bool:
        return layer in self._text_encoder.layers or layer in self._unet.layers

    def _remarks(self, wanted: ActiveNetworks) -> list[str]:
        loras = dict.fromkeys(active.lora for active in wanted.loras)
        networks = dict.fromkeys(network for network, _ in wanted.hypernetworks)
        return [remark for lora in loras if (remark := self._remark(lora))] + [
            f"The hypernetwork {network.name} was made for another kind of model, and changes nothing in this one."
            for network in networks
            if not any(layer.in_features in network.layers for layer, _ in self._attention)
        ]

    def _remark(self, lora: Lora) -> str | None:
        missing = sum(not self._has(name) for name in lora.layers)
        if not lora.layers:
            return f"{lora.name} holds no LoRA of a known kind, and was left out."
        if lora.key in self._misfits or missing == len(lora.layers):
            return f"The LoRA {lora.name} was made for another kind of model, and was left out."
        if missing:
            return f"{missing} of the {len(lora.layers)} layers of the LoRA {lora.name} are not in this model."
        if lora.unknown:
            return f"{len(lora.unknown)} tensors of the LoRA {lora.name} are of no known kind, and were left out."
        return None


def _attention_inputs(unet: nn.Module) -> list[tuple[Any, bool]]:
    """Return the layers that make keys (False) and values (True) of the UNet's attention."""
    blocks = [module for module in unet.modules() if hasattr(module, "to_k") and hasattr(module, "to_v")]
    return [(layer, is_value) for block in blocks for layer, is_value in ((block.to_k, False), (block.to_v, True))]


@torch.no_grad()
def _change_first(change: Any, _layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Tensor, ...]:
    return (change(inputs[0]), *inputs[1:])
