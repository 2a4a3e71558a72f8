"""Enlarging latents directly, without going through pixels: the "Latent" modes of Hires. fix (contract 5.5)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import interpolate

from modules.core.registry import Registry


@dataclass(frozen=True)
class LatentMode:
    """A way to enlarge latents: torch's interpolation of that name."""

    name: str
    method: str
    antialias: bool = False


LATENT_MODES: Registry[LatentMode] = Registry("latent upscale mode")
LATENT_MODES.add(
    LatentMode("Latent", "bilinear"),
    LatentMode("Latent (antialiased)", "bilinear", antialias=True),
    LatentMode("Latent (bicubic)", "bicubic"),
    LatentMode("Latent (bicubic antialiased)", "bicubic", antialias=True),
    LatentMode("Latent (nearest)", "nearest"),
    LatentMode("Latent (nearest-exact)", "nearest-exact"),
)
DEFAULT_LATENT_MODE = "Latent"


def upscale_latents(latents: Tensor, size: tuple[int, int], mode: LatentMode) -> Tensor:
    """Resize latents (B, C, h, w) to (B, C, *size)."""
    return interpolate(latents, size=size, mode=mode.method, antialias=mode.antialias)


def crop_latents(latents: Tensor, rows: int, columns: int) -> Tensor:
    """Cut that many rows and columns off latents (B, C, h, w), half on each side; the odd one at the end."""
    height, width = latents.shape[-2:]
    return latents[..., rows // 2 : height - (rows + 1) // 2, columns // 2 : width - (columns + 1) // 2]
