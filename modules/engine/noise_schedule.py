"""The noise schedule a job uses: the model's, or changed for that job alone."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

SMALLEST_ALPHA = 4.8973451890853435e-08
"""What A1111 leaves of the picture at the last timestep; with 0 sigma would be infinite."""


@dataclass(frozen=True)
class NoiseScheduleChange:
    """What a job changes.

    Attributes:
        zero_terminal_snr: begin with nothing but noise.
        downcast: round to 16 bits first.
    """

    zero_terminal_snr: bool = False
    downcast: bool = False

    def of(self, alphas_cumprod: Tensor) -> Tensor:
        """Return the schedule in use, (1000,) float32, from the model's."""
        if self.downcast:
            alphas_cumprod = alphas_cumprod.half().float()
        return with_zero_terminal_snr(alphas_cumprod) if self.zero_terminal_snr else alphas_cumprod


def with_zero_terminal_snr(alphas_cumprod: Tensor) -> Tensor:
    """Shift and scale sqrt(alpha_bar) (1000,) so that its first value stays and its last becomes (nearly) 0.

    One that is so already stays as it is.

    Source: Lin et al. 2023, arXiv:2305.08891, Algorithm 1.
    """
    if alphas_cumprod[-1] <= SMALLEST_ALPHA:
        return alphas_cumprod
    root = alphas_cumprod.sqrt()
    first, last = root[0].clone(), root[-1].clone()
    rescaled = ((root - last) * (first / (first - last))) ** 2
    rescaled[-1] = SMALLEST_ALPHA
    return rescaled
