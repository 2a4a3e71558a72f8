"""Faster self-attention: tokens that are much alike are merged before it and taken apart after it.

Source: Bolya and Hoffman 2023, "Token Merging for Fast Stable Diffusion", arXiv:2303.17604; the matching itself is
theirs (tomesd, MIT). Their patch of a whole model swaps the classes of its blocks, which has no effect on modules whose
`forward` another library has replaced (--lowvram); hooks have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from tomesd.merge import bipartite_soft_matching_random2d
from torch import Tensor, nn

from modules.engine.model import DiffusionModel

_STRIDE = 2
"""Of each square of so many tokens a side, one is kept for the others to be merged into."""


@contextmanager
def merged_tokens(model: DiffusionModel, ratio: float) -> Iterator[None]:
    """Merge this share of the tokens in the blocks of the UNet that work at the latents' own size.

    At most three quarters are merged, whatever the share; latents of a single row or column are left alone.
    """
    if ratio <= 0:
        yield
        return
    size = _LatentSize()
    with ExitStack() as hooks:
        hooks.callback(model.unet.register_forward_pre_hook(size.read).remove)
        for block in _transformer_blocks(model.unet):
            merging = _Merging(size, ratio)
            hooks.callback(block.register_forward_pre_hook(merging.match, with_kwargs=True).remove)
            hooks.callback(block.attn1.register_forward_pre_hook(merging.merge).remove)
            hooks.callback(block.attn1.register_forward_hook(merging.unmerge).remove)
        yield


def _transformer_blocks(unet: nn.Module) -> list[Any]:
    return [module for module in unet.modules() if hasattr(module, "attn1") and hasattr(module, "norm1")]


@dataclass
class _LatentSize:
    """Rows and columns of the latents that the UNet works on."""

    rows: int = 0
    columns: int = 0

    def read(self, _unet: nn.Module, arguments: tuple[Any, ...]) -> None:
        self.rows, self.columns = arguments[0].shape[-2:]


@dataclass
class _Merging:
    """What a transformer block merges in the present call."""

    size: _LatentSize
    ratio: float
    merge_tokens: Callable[[Tensor], Tensor] | None = None
    split_tokens: Callable[[Tensor], Tensor] | None = None

    @torch.inference_mode()
    def match(self, _block: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        """Decide by the block's input (B, T, width) which tokens go together."""
        tokens: Tensor = arguments[0] if arguments else keywords["hidden_states"]
        count = tokens.shape[1]
        if count != self.size.rows * self.size.columns or min(self.size.rows, self.size.columns) < _STRIDE:
            self.merge_tokens = self.split_tokens = None
            return
        self.merge_tokens, self.split_tokens = bipartite_soft_matching_random2d(
            tokens, self.size.columns, self.size.rows, _STRIDE, _STRIDE, int(count * self.ratio), no_rand=True
        )

    def merge(self, _attention: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Shorten the input of the self-attention."""
        return None if self.merge_tokens is None else (self.merge_tokens(arguments[0]), *arguments[1:])

    def unmerge(self, _attention: nn.Module, _arguments: tuple[Any, ...], output: Tensor) -> Tensor | None:
        """Lengthen its output again: merged tokens get the same."""
        return None if self.split_tokens is None else self.split_tokens(output)
