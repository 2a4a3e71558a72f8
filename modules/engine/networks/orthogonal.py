"""Networks that turn a weight instead of adding to it: OFT in blocks, BOFT in butterflies of blocks.

Sources: OFT, Qiu et al. 2023, arXiv:2306.07280; BOFT, Liu et al. 2023, arXiv:2311.06243; their parameters as kohya's
scripts and LyCORIS write them.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

TINY = 1e-8


def orthogonal_change(parts: Mapping[str, Tensor], original: Tensor, _ranks: int | None) -> Tensor:
    """Return W' - W, where the rows of W are turned: once in blocks (OFT), or in several ways one after another (BOFT).

    Args:
        parts: `oft_blocks` or `oft_diag` (blocks, n, n), with one dimension more in front for BOFT.
        original: W.
    """
    turns = _rotations_in(parts, original)
    rows = original.flatten(1)
    turned = _in_butterflies(turns, rows) if turns.dim() == 4 else _in_blocks(turns, rows)
    turned = turned.reshape(original.shape)
    if "rescale" in parts:
        turned = turned * parts["rescale"].reshape(-1, *([1] * (original.dim() - 1)))
    return turned - original


def _rotations_in(parts: Mapping[str, Tensor], original: Tensor) -> Tensor:
    blocks = parts.get("oft_blocks")
    if blocks is not None:
        return rotations(blocks, _constraint(parts, original))
    finished = parts["oft_diag"]
    return finished if _turns_already(finished) else rotations(finished, None)


def _in_blocks(turns: Tensor, rows: Tensor) -> Tensor:
    """Turn each block of rows (out, columns) by the transpose of its matrix."""
    count, size = turns.shape[0], turns.shape[-1]
    return torch.einsum("knm,knc->kmc", turns, rows.reshape(count, size, -1)).reshape(rows.shape)


def _in_butterflies(levels: Tensor, rows: Tensor) -> Tensor:
    """Turn rows (out, columns) in blocks several times; at each level other rows meet in a block."""
    size = levels.shape[-1]
    for level, turns in enumerate(levels):
        span = 2**level * (size // 2)
        mixed = rows.unflatten(0, (-1, 2, span)).transpose(1, 2)  # (groups, span, 2, columns)
        turned = torch.einsum("bij,bjc->bic", turns, mixed.reshape(-1, size, rows.shape[1]))
        rows = turned.reshape(mixed.shape).transpose(1, 2).reshape(rows.shape)
    return rows


def rotations(blocks: Tensor, constraint: float | None) -> Tensor:
    """Return orthogonal matrices (blocks, n, n) by Cayley's formula from any ones.

    Args:
        blocks: only their skew-symmetric part counts.
        constraint: the largest norm that all of these together may have; None for any.
    """
    skew = blocks - blocks.transpose(-1, -2)
    if constraint is not None:
        norm = skew.norm()
        skew = skew * ((norm.clamp(max=constraint) + TINY) / (norm + TINY))
    identity = torch.eye(skew.shape[-1], device=skew.device)
    return (identity + skew) @ torch.linalg.inv(identity - skew)


def _constraint(parts: Mapping[str, Tensor], original: Tensor) -> float | None:
    """`alpha` bounds the turning, by the row; 0 or none bounds nothing."""
    alpha = float(parts["alpha"].flatten()[0]) if "alpha" in parts else 0.0
    return alpha * original.shape[0] if alpha > 0 else None


def _turns_already(blocks: Tensor) -> bool:
    """Say whether a file holds finished rotations: some early ones of LyCORIS do."""
    identity = torch.eye(blocks.shape[-1], device=blocks.device)
    return bool(torch.allclose(blocks @ blocks.transpose(-1, -2), identity.expand_as(blocks), atol=1e-2))
