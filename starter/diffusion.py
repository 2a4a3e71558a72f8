"""The noise schedule of Stable Diffusion 1 and one sampler, enough to look at the model without the program."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

STEPS = 1000
CFG_SCALE = 4.0
"""The guidance scale that suits the starter model."""

UNetCall = Callable[[Tensor, Tensor, Tensor], Tensor]


def alphas_cumprod() -> Tensor:
    """Share of the picture's variance left at each timestep, (1000,). Source: scaled-linear schedule of LDM."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0).float()


def karras_sigmas(steps: int, lowest: float, highest: float, rho: float = 7.0) -> Tensor:
    """Noise levels (steps + 1,), the last 0. Source: Karras et al. 2022, arXiv:2206.00364, equation 5."""
    ramp = torch.linspace(0, 1, steps)
    sigmas = (highest ** (1 / rho) + ramp * (lowest ** (1 / rho) - highest ** (1 / rho))) ** rho
    return torch.cat([sigmas, torch.zeros(1)])


class Denoiser:
    """A guided epsilon model as a function (x, sigma) -> denoised x."""

    def __init__(self, unet: UNetCall, cond: Tensor, uncond: Tensor, scale: float) -> None:
        self.unet, self.scale = unet, scale
        self.rows = torch.cat([cond, uncond]) if scale != 1 else cond
        alphas = alphas_cumprod()
        self.sigmas = ((1 - alphas) / alphas).sqrt()

    def timestep(self, sigma: Tensor) -> Tensor:
        """The fractional timestep of a noise level, by its logarithm."""
        log_sigmas = self.sigmas.log()
        high = int((log_sigmas < sigma.log()).sum().clamp(1, STEPS - 1))
        low = high - 1
        part = (sigma.log() - log_sigmas[low]) / (log_sigmas[high] - log_sigmas[low])
        return low + part.clamp(0, 1)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        scaled = x / (sigma**2 + 1).sqrt()
        copies = 2 if self.scale != 1 else 1
        t = self.timestep(sigma).expand(copies * len(x))
        noise = self.unet(scaled.repeat(copies, 1, 1, 1), t, self.rows)
        if copies == 2:
            cond, uncond = noise.chunk(2)
            noise = uncond + self.scale * (cond - uncond)
        return x - sigma * noise


@torch.inference_mode()
def sample_dpmpp_2m(denoiser: Denoiser, noise: Tensor, steps: int = 20) -> Tensor:
    """DPM-Solver++(2M) on Karras noise levels from unit noise (B, 4, h, w).

    Source: Lu et al. 2022, arXiv:2211.01095, algorithm 2.
    """
    sigmas = karras_sigmas(steps, denoiser.sigmas[0].item(), denoiser.sigmas[-1].item())
    x = noise * sigmas[0]
    before: Tensor | None = None
    for i in range(steps):
        now, then = sigmas[i], sigmas[i + 1]
        denoised = denoiser(x, now)
        if then == 0:
            return denoised
        h = (now / then).log()
        if before is None:
            mixed = denoised
        else:
            ratio = (sigmas[i - 1] / now).log() / h
            mixed = (1 + 1 / (2 * ratio)) * denoised - 1 / (2 * ratio) * before
        x = then / now * x + (1 - torch.exp(-h)) * mixed
        before = denoised
    return x
