"""Prompts and negative prompts of one length, so that the UNet can run both together."""

from __future__ import annotations

import torch
from torch import Tensor

from modules.engine.types import ComposedConditioning, Conditioning, stretch


def pad_with_empty_prompt(
    cond: ComposedConditioning, uncond: Conditioning, empty: Tensor
) -> tuple[ComposedConditioning, Conditioning]:
    """Lengthen the shorter of both by empty chunks; `empty` (1, 77, width) are the embeddings of "".

    The behaviour matched is A1111's option `pad_cond_uncond`.
    """
    length = max(cond.length, uncond.length)
    return ComposedConditioning(_filled(cond.parts, length, empty), cond.weights), _filled(uncond, length, empty)


def pad_or_cut_negative(cond: ComposedConditioning, uncond: Conditioning) -> Conditioning:
    """Return the negative prompt in the prompt's length: its last row is repeated, or what is too long is cut off.

    The behaviour matched is A1111's option `pad_cond_uncond_v0`.
    """
    own, length = uncond.length, cond.length
    return uncond.with_embeddings(lambda rows: stretch(stretch(rows, own), length)[:, :length])


def _filled(conditioning: Conditioning, length: int, empty: Tensor) -> Conditioning:
    own = conditioning.length
    repeats = (length - own) // empty.shape[1]
    if repeats == 0:
        return conditioning
    return conditioning.with_embeddings(
        lambda rows: torch.cat([stretch(rows, own), empty.repeat(rows.shape[0], repeats, 1)], dim=1)
    )
