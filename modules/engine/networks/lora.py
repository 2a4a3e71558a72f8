"""A LoRA, or one of its relatives: a change of the weights of some layers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.engine.networks.embeddings import Embedding
from modules.engine.networks.lora_forms import BIASES, Form, Parts, find_form
from modules.engine.networks.lora_keys import split_key

Embeddings = tuple[tuple[tuple[int, ...], Embedding], ...]


@dataclass(frozen=True, eq=False)
class LoraLayer:
    """The tensors of one layer, as they are in the file, and the form that they are of."""

    form: Form
    parts: Parts

    def weight_change(self, original: Tensor, ranks: int | None = None) -> Tensor | None:
        """Return the change of a weight, in 32 bits and of its shape; None if the weight stays as it is.

        Args:
            original: the layer's weight in 32 bits, on the device to compute on.
            ranks: how many of its ranks to use (`dyn`); None for all.

        Raises:
            ValueError: its shapes do not fit that layer, or each other (also as RuntimeError, by PyTorch).
        """
        parts = {name: part.to(original.device, torch.float32) for name, part in self.parts.items()}
        change = self.form.change(parts, original, ranks)
        if change is None:
            return None
        change = fit_shape(change * self.form.scale(parts), original)
        change = change + _sparse_addition(parts, change) if "bias_indices" in parts else change
        magnitude = parts.get("dora_scale")
        return change if magnitude is None else decomposed(change, original, magnitude)

    def bias_change(self) -> Tensor | None:
        """Return the change of the layer's bias in 32 bits; None if it stays as it is."""
        return next((self.parts[name].to(torch.float32) for name in BIASES if name in self.parts), None)


@dataclass(frozen=True, eq=False)
class Lora:
    """A network, with its tensors on the CPU.

    Attributes:
        name: for messages.
        key: two networks with the same key are the same.
        layers: by the name of the layer, see `lora_keys`.
        unknown: keys of the file that are of no known form.
        embeddings: textual inversions that come with it, with the tokens of their names.
    """

    name: str
    key: Hashable
    layers: Mapping[str, LoraLayer]
    unknown: tuple[str, ...] = ()
    embeddings: Embeddings = ()


def read_lora(name: str, key: Hashable, state: Mapping[str, Tensor], embeddings: Embeddings = ()) -> Lora:
    """Sort a file's tensors by the layers that they belong to."""
    found: dict[str, dict[str, Tensor]] = {}
    unknown: list[str] = []
    for full_name, tensor in state.items():
        split = split_key(full_name)
        if split is None:
            unknown.append(full_name)
        else:
            found.setdefault(split.layer, {})[split.part] = tensor
    layers: dict[str, LoraLayer] = {}
    for layer, parts in found.items():
        form = find_form(parts)
        if form is None:
            unknown += [f"{layer}.{part}" for part in parts]
        else:
            layers[layer] = LoraLayer(form, parts)
    return Lora(name, key, layers, tuple(unknown), embeddings)


def fit_shape(change: Tensor, original: Tensor) -> Tensor:
    """Return a change in the shape of the weight that it is for.

    A matrix does for a convolution of one point, and the other way round; a network made for four channels of latents
    leaves the further ones of an inpainting model alone.

    Raises:
        ValueError: it is for another layer.
    """
    if change.numel() == original.numel() and change.shape[0] == original.shape[0]:
        return change.reshape(original.shape)
    if change.dim() == 2 and original.dim() == 4:
        change = change.reshape(change.shape[0], -1, *original.shape[2:])
    same_but_channels = change.dim() == 4 and (change.shape[0], *change.shape[2:]) == (
        original.shape[0],
        *original.shape[2:],
    )
    if same_but_channels and change.shape[1] == 4 < original.shape[1] <= 9:
        return torch.nn.functional.pad(change, (0, 0, 0, 0, 0, original.shape[1] - 4))
    raise ValueError(f"a change of the shape {list(change.shape)} does not fit {list(original.shape)}")


def decomposed(change: Tensor, original: Tensor, magnitude: Tensor) -> Tensor:
    """Return the change with the length of each row or column of the changed weight given.

    Source: DoRA, Liu et al. 2024, arXiv:2402.09353, equation 5. LyCORIS's files have a length for each input
    (1, in, ...), or for each output (out, 1, ...); PEFT's have (out,).
    """
    changed = original + change
    by_row = magnitude.shape[0] == original.shape[0] and magnitude.numel() == original.shape[0]
    axis = 0 if by_row else 1
    others = [dimension for dimension in range(original.dim()) if dimension != axis]
    lengths = torch.linalg.vector_norm(changed, dim=others, keepdim=True)
    lengths = lengths + torch.finfo(torch.float32).eps
    return changed * (magnitude.reshape(lengths.shape) / lengths) - original


def _sparse_addition(parts: Parts, change: Tensor) -> Tensor:
    """Return what early LyCORIS files add besides, kept as a sparse tensor."""
    indices, values, size = (parts[f"bias_{name}"] for name in ("indices", "values", "size"))
    shape = [int(length) for length in size.tolist()]
    return torch.sparse_coo_tensor(indices.long(), values, shape).to_dense().reshape(change.shape)
