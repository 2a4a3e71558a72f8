"""What a job changes about the model while it uses it: tiling, token merging, a VAE's precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from modules.core.options import Settings
from modules.engine.latents.precision import VaeFallback
from modules.engine.model import DiffusionModel
from modules.engine.tiling import tiled
from modules.engine.token_merging import merged_tokens
from modules.generation import model_options as options
from modules.generation.request import GenerationRequest, with_hires


@dataclass(frozen=True)
class ModelChanges:
    """The changes of one job.

    Attributes:
        merging: share of the tokens merged in the first pass, 0..0.9.
        merging_hires: the same in the second pass; 0 without one.
    """

    tiling: bool = False
    merging: float = 0.0
    merging_hires: float = 0.0

    @contextmanager
    def while_sampling(self, model: DiffusionModel, *, second_pass: bool) -> Iterator[None]:
        """Change the model for a pass of sampling."""
        with (
            tiled(model, self.tiling),
            merged_tokens(model, self.merging_hires if second_pass else self.merging),
        ):
            yield

    def parameters(self) -> dict[str, Any]:
        """Return what the infotext says of token merging."""
        return {
            "Token merging ratio": self.merging or None,
            "Token merging ratio hr": self.merging_hires or None,
        }


def vae_fallback(settings: Settings, tell: Callable[[str], None]) -> VaeFallback:
    """Return what is tried when the VAE loses numbers; `tell` takes a sentence for people."""
    allowed = {torch.bfloat16: options.VAE_TO_BFLOAT16, torch.float32: options.VAE_TO_FLOAT32}
    return VaeFallback(tuple(precision for precision, allows in allowed.items() if settings[allows]), tell)


def plan_changes(request: GenerationRequest, settings: Settings) -> ModelChanges:
    """Resolve what a request and the settings ask for."""
    merging = settings[options.TOKEN_MERGING]
    return ModelChanges(
        tiling=settings[options.TILING] if request.tiling is None else request.tiling,
        merging=merging,
        merging_hires=(settings[options.TOKEN_MERGING_HIRES] or merging) if with_hires(request) else 0.0,
    )
