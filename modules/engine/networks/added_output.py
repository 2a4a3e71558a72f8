"""Changes of a layer computed beside it: what the changed part of its weight gives is added to its output."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.hooks import RemovableHandle


def add_to_output(layer: nn.Module, weight: Tensor, bias: Tensor | None) -> RemovableHandle:
    """Let a linear layer, a convolution or a normalisation add what these would give, until the hook is removed.

    It is the same as adding them to its own weight and bias, but for rounding.
    """
    output_of = _kind_of(layer)

    @torch.inference_mode()
    def add(_layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        x: Tensor = inputs[0]
        added_bias = None if bias is None else bias.to(output.device, output.dtype)
        return output + output_of(layer, x, weight.to(output.device, output.dtype), added_bias).to(output.dtype)

    return layer.register_forward_hook(add)


def add_bias(layer: nn.Module, bias: Tensor) -> RemovableHandle:
    """Let a layer that has no bias add this one (out,) to its output, until the hook is removed.

    A parameter of its own would be unknown to what moves the layer's weights.
    """
    channels = (-1, 1, 1) if isinstance(layer, nn.Conv2d) else (-1,)

    @torch.inference_mode()
    def add(_layer: nn.Module, _inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        return output + bias.to(output.device, output.dtype).reshape(channels)

    return layer.register_forward_hook(add)


def _kind_of(layer: nn.Module) -> Any:
    for kind, output_of in _OUTPUTS.items():
        if isinstance(layer, kind):
            return output_of
    raise ValueError(f"{type(layer).__name__} has no output to add to")


_OUTPUTS: dict[type[nn.Module], Any] = {
    nn.Linear: lambda _layer, x, weight, bias: functional.linear(x, weight, bias),
    nn.Conv2d: lambda layer, x, weight, bias: layer._conv_forward(x, weight, bias),
    nn.LayerNorm: lambda layer, x, weight, bias: functional.layer_norm(
        x, layer.normalized_shape, weight, bias, layer.eps
    ),
    nn.GroupNorm: lambda layer, x, weight, bias: functional.group_norm(x, layer.num_groups, weight, bias, layer.eps),
    nn.Embedding: lambda _layer, tokens, weight, _bias: functional.embedding(tokens, weight),
}
