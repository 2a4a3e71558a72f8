"""The layers of one component, with the changes of LoRAs on them.

Changes are added to the weights themselves, so that sampling costs nothing more; the weights as they were are kept
beside, on the CPU, and put back bit for bit. Weights are written in place: that holds wherever a memory plan keeps them
at the moment.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from modules.engine.networks.added_output import add_bias, add_to_output
from modules.engine.networks.lora import Lora, LoraLayer, fit_shape
from modules.hardware.memory import OUT_OF_MEMORY

CPU = torch.device("cpu")


@dataclass(frozen=True)
class LoraChange:
    """What one LoRA does to a component."""

    lora: Lora
    multiplier: float
    ranks: int | None = None

    @property
    def key(self) -> Hashable:
        """Changes with the same key do the same."""
        return self.lora.key, self.multiplier, self.ranks


class LoraDoesNotFitError(Exception):
    """A LoRA has tensors for layers of another shape."""

    def __init__(self, lora: Lora) -> None:
        super().__init__(lora.name)
        self.lora = lora


class PatchedLayers:
    """The layers of a text encoder or a UNet by name, and what is done to them at present."""

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        self.layers = layers
        self._present: Hashable = None
        self._originals: dict[nn.Module, tuple[Tensor, Tensor | None]] = {}
        self._hooks: list[RemovableHandle] = []

    def change(self, changes: Sequence[LoraChange], device: torch.device, *, functional: bool = False) -> None:
        """Take off what is on the layers, and put these changes on; nothing is done if they are the same.

        Args:
            changes: their order does not matter.
            device: where to compute.
            functional: compute beside the weights, in each call, instead of adding to them.

        Raises:
            LoraDoesNotFitError: one is for a model of another shape; call it again without that one.
        """
        changes = [
            change for change in _together(changes) if change.multiplier != 0 and self._has_layer_of(change.lora)
        ]
        wanted = (functional, tuple(change.key for change in changes)) if changes else None
        if self._present == wanted:
            return
        self._present = object()  # unlike any other, until all is done
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        by_layer = self._by_layer(changes)
        for layer in [layer for layer in self._originals if functional or layer not in by_layer]:
            _write(layer, *self._originals[layer])
            del self._originals[layer]
        for layer, parts in by_layer.items():
            self._change_layer(layer, parts, device, functional=functional)
        self._present = wanted

    @property
    def present(self) -> Hashable:
        """Stands for what is done to the layers at present; None for nothing."""
        return self._present

    def _has_layer_of(self, lora: Lora) -> bool:
        return any(name in self.layers for name in lora.layers)

    def _by_layer(self, changes: Iterable[LoraChange]) -> dict[nn.Module, list[tuple[LoraChange, LoraLayer]]]:
        found: dict[nn.Module, list[tuple[LoraChange, LoraLayer]]] = {}
        for change in changes:
            for name, part in change.lora.layers.items():
                if (layer := self.layers.get(name)) is not None:
                    found.setdefault(layer, []).append((change, part))
        return found

    def _change_layer(
        self,
        layer: nn.Module,
        parts: Sequence[tuple[LoraChange, LoraLayer]],
        device: torch.device,
        *,
        functional: bool,
    ) -> None:
        if not functional and layer not in self._originals:
            self._originals[layer] = _read(layer)
        weight, bias = _read(layer) if functional else self._originals[layer]
        weight = weight.to(device, torch.float32)
        change, bias_change = weight_change(parts, weight), bias_change_of(parts, weight)
        if functional:
            self._hooks.append(add_to_output(layer, change, bias_change))
            return
        if bias_change is not None and bias is None:
            self._hooks.append(add_bias(layer, bias_change))
        elif bias_change is not None and bias is not None:
            bias = bias.to(device, torch.float32) + bias_change
        _write(layer, weight + change, bias)


def _together(changes: Iterable[LoraChange]) -> list[LoraChange]:
    """Return the changes with those of the same LoRA put together: named twice, it counts twice."""
    found: dict[Hashable, LoraChange] = {}
    for change in changes:
        key = (change.lora.key, change.ranks)
        earlier = found.get(key)
        found[key] = replace(change, multiplier=change.multiplier + earlier.multiplier) if earlier else change
    return list(found.values())


def weight_change(parts: Iterable[tuple[LoraChange, LoraLayer]], original: Tensor) -> Tensor:
    """Add up what several LoRAs change about a weight, which is given in 32 bits.

    Raises:
        LoraDoesNotFitError: one is for a weight of another shape.
    """
    total = torch.zeros_like(original)
    for change, part in parts:
        with _must_fit(change.lora):
            added = part.weight_change(original, change.ranks)
            if added is not None:
                total += added * change.multiplier
    return total


def bias_change_of(parts: Iterable[tuple[LoraChange, LoraLayer]], weight: Tensor) -> Tensor | None:
    """Add up what several LoRAs change about the bias that goes with a weight; None if nothing.

    Raises:
        LoraDoesNotFitError: one is for a bias of another shape.
    """
    total: Tensor | None = None
    for change, part in parts:
        added = part.bias_change()
        if added is not None:
            with _must_fit(change.lora):
                added = fit_shape(added.to(weight.device), weight.new_empty(weight.shape[0])) * change.multiplier
            total = added if total is None else total + added
    return total


@contextmanager
def _must_fit(lora: Lora) -> Iterator[None]:
    """Tell shapes that do not fit from a lack of memory: PyTorch calls both a RuntimeError."""
    try:
        yield
    except (RuntimeError, ValueError, IndexError) as error:
        if isinstance(error, torch.OutOfMemoryError) or any(sign in str(error) for sign in OUT_OF_MEMORY):
            raise
        raise LoraDoesNotFitError(lora) from error


def _read(layer: Any) -> tuple[Tensor, Tensor | None]:
    """Return copies of a layer's weight and bias."""
    bias = getattr(layer, "bias", None)
    return layer.weight.detach().to(CPU, copy=True), None if bias is None else bias.detach().to(CPU, copy=True)


def _write(layer: Any, weight: Tensor, bias: Tensor | None) -> None:
    layer.weight.data.copy_(weight)
    if bias is not None:
        layer.bias.data.copy_(bias)
