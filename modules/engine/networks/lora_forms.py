"""The forms of LoRA-like networks: from the tensors of one layer to the change of that layer's weight.

All compute in 32 bits. `original` is the layer's weight (out, in, ...); a change has its shape. The multiplier of the
prompt is not in it.

Sources: LoRA, Hu et al. 2021, arXiv:2106.09685; LoHa, Hyeon-Woo et al. 2021 (FedPara), arXiv:2108.06098; LoKr and the
parameter names, Yeh et al. 2023 (LyCORIS), arXiv:2309.14859; (IA)3, Liu et al. 2022, arXiv:2205.05638; GLoRA, Chavan et
al. 2023, arXiv:2306.07967. OFT, BOFT and DoRA are in files of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.core.registry import Registry
from modules.engine.networks.orthogonal import orthogonal_change

Parts = Mapping[str, Tensor]
"""The tensors of one layer by their names without the layer's."""


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes:
        needs: parts that tell it from the others: all of one of these sets.
        change: (parts, original weight, how many of its ranks to use or None for all) -> change of the weight, or
            None for one that leaves the weight alone.
        rank: what `alpha` is divided by, from the parts; 0 if they have none.
    """

    name: str
    needs: tuple[frozenset[str], ...]
    change: Callable[[Parts, Tensor, int | None], Tensor | None]
    rank: Callable[[Parts], int] = lambda _parts: 0

    def scale(self, parts: Parts) -> float:
        """Return what the product of its matrices is multiplied by: `scale`, else alpha / rank, else 1."""
        if "scale" in parts:
            return float(parts["scale"].flatten()[0])
        rank = self.rank(parts)
        return float(parts["alpha"].flatten()[0]) / rank if rank and "alpha" in parts else 1.0


def _matrices(first: Tensor, second: Tensor) -> Tensor:
    """Multiply (a, r, 1, 1) by (r, b, ...) as matrices (a, r) and (r, b * ...)."""
    return first.reshape(first.shape[0], -1) @ second.reshape(second.shape[0], -1)


def _with_core(core: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Tucker decomposition of a convolution: (r, r, k, l), (r, out), (r, in) -> (out, in, k, l)."""
    return torch.einsum("ijkl,jr,ip->prkl", core, second, first)


def _lora(parts: Parts, original: Tensor, ranks: int | None) -> Tensor:
    up, down = parts["lora_up.weight"][:, :ranks], parts["lora_down.weight"][:ranks]
    if "lora_mid.weight" not in parts:
        return _matrices(up, down)
    middle = parts["lora_mid.weight"][:ranks, :ranks]
    return torch.einsum("nmkl,in,mj->ijkl", middle, up.flatten(1), down.flatten(1))


def _loha(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor:
    product: Tensor | None = None
    for number in "12":
        first, second = parts[f"hada_w{number}_a"], parts[f"hada_w{number}_b"]
        core = parts.get(f"hada_t{number}")
        factor = _matrices(first, second) if core is None else _with_core(core, first, second)
        product = factor if product is None else product * factor
    assert product is not None
    return product


def _lokr(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor:
    first, second = _lokr_factor(parts, "1"), _lokr_factor(parts, "2")
    if second.dim() == 4:
        first = first.reshape(*first.shape[:2], 1, 1)
    return torch.kron(first.contiguous(), second.contiguous())


def _lokr_factor(parts: Parts, number: str) -> Tensor:
    whole = parts.get(f"lokr_w{number}")
    if whole is not None:
        return whole
    first, second, core = parts[f"lokr_w{number}_a"], parts[f"lokr_w{number}_b"], parts.get(f"lokr_t{number}")
    if core is not None:
        return _with_core(core, first, second)
    product = _matrices(first, second)
    return product.reshape(first.shape[0], *second.shape[1:])


def _ia3(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor:
    factors = parts["weight"].flatten()
    rest = [1] * (original.dim() - 2)
    on_input = bool(parts["on_input"].flatten()[0])
    return original * (factors.reshape(1, -1, *rest) if on_input else factors.reshape(-1, 1, *rest))


def _glora(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor:
    """W (A) + B, where A and B are products of two small matrices; files have them in either order."""
    a1, a2, b1, b2 = (parts[f"{name}.weight"].flatten(1) for name in ("a1", "a2", "b1", "b2"))
    matrix = original.flatten(1)
    added = b2 @ b1 if (b2.shape[0], b1.shape[1]) == tuple(matrix.shape) and b2.shape[1] == b1.shape[0] else b1 @ b2
    first, second = (a2, a1) if a2.shape[0] == matrix.shape[1] and a2.shape[1] == a1.shape[0] else (a1, a2)
    return added + matrix @ first @ second


def _rank_of_glora(parts: Parts) -> int:
    """Which of its matrices begins with the rank depends on the file."""
    return min(parts["b1.weight"].shape[0], parts["b2.weight"].shape[0])


def _full(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor | None:
    return parts.get("diff")


def _norm(parts: Parts, original: Tensor, _ranks: int | None) -> Tensor | None:
    return parts.get("w_norm")


def _one(*names: str) -> tuple[frozenset[str], ...]:
    return (frozenset(names),)


def _rows_of(*names: str) -> Callable[[Parts], int]:
    """Return the first dimension of the first of these parts that is there."""
    return lambda parts: next((parts[name].shape[0] for name in names if name in parts), 0)


BIASES = ("diff_b", "b_norm")
"""Parts that are the change of a layer's bias, in any form."""

FORMS: Registry[Form] = Registry("form of LoRA")
FORMS.add(
    Form("LoRA", _one("lora_up.weight", "lora_down.weight"), _lora, _rows_of("lora_down.weight")),
    Form("LoHa", _one("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"), _loha, _rows_of("hada_w1_b")),
    Form(
        "LoKr",
        tuple(
            frozenset({*first, *second})
            for first in (("lokr_w1",), ("lokr_w1_a", "lokr_w1_b"))
            for second in (("lokr_w2",), ("lokr_w2_a", "lokr_w2_b"))
        ),
        _lokr,
        _rows_of("lokr_w1_b", "lokr_w2_b"),
    ),
    Form("IA3", _one("weight", "on_input"), _ia3),
    Form("Full", (frozenset({"diff"}), frozenset({"diff_b"})), _full),
    Form("Norm", (frozenset({"w_norm"}), frozenset({"b_norm"})), _norm),
    Form("GLoRA", _one("a1.weight", "a2.weight", "b1.weight", "b2.weight"), _glora, _rank_of_glora),
    Form("OFT", (frozenset({"oft_blocks"}), frozenset({"oft_diag"})), orthogonal_change),
)


def find_form(parts: Parts) -> Form | None:
    """Return the form that a layer's tensors are of; None if it is none of those known."""
    names = parts.keys()
    return next((form for form in FORMS if any(needed <= names for needed in form.needs)), None)
