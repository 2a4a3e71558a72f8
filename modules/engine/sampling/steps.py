"""Pieces that several samplers share.

Source: Karras et al. 2022, arXiv:2206.00364, Algorithm 2; the ancestral split is that of k-diffusion (MIT).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from modules.engine.types import NoiseSource


@dataclass(frozen=True)
class Churn:
    """How much noise is put back before a step, and in which range of sigma.

    Attributes:
        churn: S_churn of the paper; 0 adds none.
        smallest: S_tmin.
        largest: S_tmax.
        noise: S_noise, the scale of the noise added.
    """

    churn: float = 0.0
    smallest: float = 0.0
    largest: float = math.inf
    noise: float = 1.0

    def raise_noise(self, x: Tensor, sigma: float, steps: int, source: NoiseSource) -> tuple[Tensor, float]:
        """Return x with noise added, and its sigma; `steps` is the number of steps of the whole run.

        With churn, noise is drawn in every step, also outside the range, so that the range does not change which noise
        a step gets.
        """
        if self.churn <= 0:
            return x, sigma
        drawn = source()
        if not self.smallest <= sigma <= self.largest:
            return x, sigma
        gamma = min(self.churn / steps, math.sqrt(2) - 1)
        raised = sigma * (gamma + 1)
        return x + drawn * self.noise * math.sqrt(raised**2 - sigma**2), raised


def at(sigma: float, x: Tensor) -> Tensor:
    """Return sigma once for each image of x, as denoisers take it: (B,)."""
    return x.new_full((x.shape[0],), sigma)


def toward(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Step from sigma to sigma_next as if the denoised latents stayed the same: the exact solution of the ODE then.

    Source: Lu et al. 2022, arXiv:2211.01095, equation 9 with alpha = 1.
    """
    share = sigma_next / sigma
    return share * x + (1 - share) * denoised


def ancestral_step(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """Split a step from sigma to sigma_next into a deterministic part and noise.

    Returns:
        (sigma to step down to, standard deviation of the noise to add then).
    """
    if eta == 0:
        return sigma_next, 0.0
    up = min(sigma_next, eta * math.sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
    return math.sqrt(sigma_next**2 - up**2), up
