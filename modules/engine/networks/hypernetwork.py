"""Hypernetworks: small networks that change what the UNet's attention takes keys and values from.

They belong to a width: what comes in as x goes on as x + f(x) * strength. Their files say how f is built; the behaviour
matched is A1111's.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import activation as activations

ACTIVATIONS: dict[str, type[nn.Module]] = {
    **{
        name.lower(): kind
        for name, kind in inspect.getmembers(activations, inspect.isclass)
        if issubclass(kind, nn.Module) and kind.__module__ == activations.__name__
    },
    "relu": nn.ReLU,
    "leakyrelu": nn.LeakyReLU,
    "elu": nn.ELU,
    "swish": nn.Hardswish,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
NO_ACTIVATION = {"linear", "none", ""}
_OLD_NAMES = {"linear1.": "linear.0.", "linear2.": "linear.1."}
_PARAMETER = re.compile(r"linear\.(?P<place>\d+)\.(?P<kind>weight|bias)\Z")


@dataclass(frozen=True)
class Structure:
    """How the networks of a file are built.

    Attributes:
        activation: name of the function between the layers; "linear" for none.
        activates_output: it comes after the last layer as well.
    """

    activation: str = "linear"
    activates_output: bool = True


@dataclass(frozen=True, eq=False)
class Hypernetwork:
    """A hypernetwork with its tensors on the CPU.

    Attributes:
        name: for messages.
        key: two with the same key are the same.
        layers: width of the input to the networks for keys and for values.
    """

    name: str
    key: Hashable
    layers: Mapping[int, tuple[nn.Module, nn.Module]]


def read_hypernetwork(name: str, key: Hashable, content: Mapping[Any, Any]) -> Hypernetwork:
    """Build a hypernetwork from what its file holds.

    Raises:
        ValueError: it is no hypernetwork, or one that does not fit together.
    """
    structure = Structure(
        str(content.get("activation_func") or "linear").lower(), bool(content.get("activate_output", True))
    )
    widths = {width: pair for width, pair in content.items() if type(width) is int and isinstance(pair, tuple | list)}
    if not widths:
        raise ValueError("it holds no layers of a hypernetwork")
    layers: dict[int, tuple[nn.Module, nn.Module]] = {}
    for width, pair in widths.items():
        if len(pair) != 2:
            raise ValueError(f"it has {len(pair)} networks for the width {width}, not one for keys and one for values")
        keys, values = (build_network(state, width, structure) for state in pair)
        layers[width] = (keys, values)
    return Hypernetwork(name, key, layers)


def build_network(state: Any, width: int, structure: Structure) -> nn.Sequential:
    """Build one of its networks: linear layers with an activation and a normalisation between them, as it says.

    Dropout, of which only training knows, leaves gaps in the numbers of the layers.

    Raises:
        ValueError: the tensors do not fit each other.
    """
    by_place = _parameters(state)
    places = sorted(by_place)
    linear = [place for place in places if by_place[place]["weight"].dim() == 2]
    modules: list[nn.Module] = []
    size = width
    for place in places:
        weight, bias = by_place[place]["weight"], by_place[place].get("bias")
        if weight.shape[-1] != size:
            raise ValueError(f"its layers for the width {width} do not fit each other")
        size = weight.shape[0]
        if weight.dim() == 1:
            modules.append(_filled(nn.LayerNorm(size), weight, bias))
            continue
        modules.append(_filled(nn.Linear(weight.shape[1], size, bias=bias is not None), weight, bias))
        if structure.activation not in NO_ACTIVATION and (place != linear[-1] or structure.activates_output):
            modules.append(_activation(structure.activation))
    if size != width or not linear:
        raise ValueError(f"its layers for the width {width} do not fit each other")
    return nn.Sequential(*modules).eval().requires_grad_(requires_grad=False)


def _parameters(state: Any) -> dict[int, dict[str, Tensor]]:
    if not isinstance(state, Mapping):
        raise ValueError("its layers are not given as tensors by name")  # noqa: TRY004 - a file that is no such thing
    found: dict[int, dict[str, Tensor]] = {}
    for full_name, tensor in state.items():
        name = str(full_name)
        for old, new in _OLD_NAMES.items():
            name = name.replace(old, new)
        match = _PARAMETER.match(name)
        if match is None or not isinstance(tensor, Tensor) or tensor.dim() not in {1, 2}:
            raise ValueError(f"it holds {str(full_name)[:80]!r}, which no hypernetwork has")
        found.setdefault(int(match["place"]), {})[match["kind"]] = tensor
    if any("weight" not in parameters for parameters in found.values()):
        raise ValueError("one of its layers has no weights")
    return found


def _filled(module: Any, weight: Tensor, bias: Tensor | None) -> nn.Module:
    if bias is not None and bias.shape != (weight.shape[0],):
        raise ValueError("a layer's bias does not fit its weights")
    module.weight = nn.Parameter(weight.detach().to(torch.float32), requires_grad=False)
    if bias is not None:
        module.bias = nn.Parameter(bias.detach().to(torch.float32), requires_grad=False)
    return module


def _activation(name: str) -> nn.Module:
    try:
        return ACTIVATIONS[name]()
    except (KeyError, TypeError) as error:  # TypeError: one that needs numbers, which no file gives
        raise ValueError(f"it has the activation {name[:40]!r}, which is not known") from error


def changed_input(network: nn.Module, strength: float, x: Tensor) -> Tensor:
    """Return x + f(x) * strength, of x's shape and type; computed in 32 bits."""
    wide = x.to(torch.float32)
    return (wide + network(wide) * strength).to(x.dtype)
