"""DPM adaptive: steps as long as the error allows, chosen for each image of a batch by itself."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

from modules.engine.sampling.dpm_solver import SolverStep, ancestral_time, noise_prediction, time_range
from modules.engine.types import Denoiser, NoiseSource, StepCallback

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 0.05, 0.0078
FIRST_LENGTH = 0.05
ACCEPTED_FROM = 0.81
ORDER, ANCESTRAL_ORDER = 3, 1.5
CLOSE_ENOUGH = 1e-5


@torch.inference_mode()
def sample_dpm_adaptive(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: NoiseSource, on_step: StepCallback, eta: float = 1.0
) -> Tensor:
    """DPM-Solver-23: third-order steps, whose difference from the second order is the error.

    Source: Lu et al. 2022, arXiv:2206.00927, section 3.4 and appendix C; step control and tolerances of k-diffusion
    (MIT). k-diffusion takes one error over the whole batch; here each image has its own error, time and length of step,
    so that it comes out as if it were alone.

    Args:
        denoiser: guided model, (x, sigma) -> denoised, all of x's shape.
        x: noisy latents (B, C, H/8, W/8), standard deviation sigmas[0].
        sigmas: noise levels (steps + 1,), falling. Only the first and the last above 0 count.
        noise: unit noise of x's shape; each image takes one draw for each of its steps.
        on_step: told of the denoised latents of each call, and how far in `steps` the slowest image is.
        eta: share of ancestral noise; 0 adds none.
    """
    t_first, t_end = time_range(sigmas)
    steps, done = len(sigmas) - 1, 0.0
    predict = noise_prediction(denoiser, lambda _call, denoised: on_step(int(done * (steps - 1)), denoised))
    lengths = [StepLength(ANCESTRAL_ORDER if eta else ORDER) for _ in range(len(x))]
    noises = NoisePerImage(noise)
    end = x.new_tensor(t_end)
    t, x_before = x.new_full((len(x), 1, 1, 1), t_first), x

    while (running := t < end - CLOSE_ENOUGH).any():
        start = torch.where(running, t, end - FIRST_LENGTH)
        t_next = torch.minimum(end, start + x.new_tensor([length.now for length in lengths]).view_as(t))
        t_down, sigma_up = ancestral_time(start, t_next, end, eta)
        step = SolverStep(predict, x, start, t_down)
        lower, higher = step.second_order(r1=1 / 3), step.third_order()

        errors = relative_errors(lower, higher, x_before)
        accepted = [length.accepts(e) for length, e in zip(lengths, errors, strict=True)]
        accepted = [a and r for a, r in zip(accepted, running.flatten().tolist(), strict=True)]
        chosen = torch.tensor(accepted, device=x.device).view_as(t)
        if eta > 0 and any(accepted):
            higher = higher + sigma_up * noises.next(accepted)
        x, x_before, t = (
            torch.where(chosen, higher, x),
            torch.where(chosen, lower, x_before),
            torch.where(chosen, t_next, t),
        )
        done = (t.min().item() - t_first) / (t_end - t_first)
    return x


def relative_errors(lower: Tensor, higher: Tensor, before: Tensor) -> list[float]:
    """Return for each image how large the difference is beside what is tolerated; 1 is just so. All (B, C, h, w)."""
    tolerated = (RELATIVE_TOLERANCE * torch.maximum(lower.abs(), before.abs())).clamp(min=ABSOLUTE_TOLERANCE)
    scaled = ((lower - higher) / tolerated).flatten(1)
    return (torch.linalg.vector_norm(scaled, dim=1) / math.sqrt(scaled.shape[1])).tolist()


class StepLength:
    """The length of an image's next step in log sigma, steered by the errors of the steps before.

    Args:
        order: how fast the error is thought to fall with the length.
    """

    def __init__(self, order: float) -> None:
        self.now = FIRST_LENGTH
        self._exponent = 1 / order

    def accepts(self, error: float) -> bool:
        """Adapt the length, and say whether the step of this error is good enough.

        A model that answers NaN gets its steps accepted, so that the run ends.
        """
        if not math.isfinite(error):
            return True
        wanted = (1 / (error + 1e-8)) ** self._exponent
        factor = 1 + math.atan(wanted - 1)
        self.now *= factor
        return factor >= ACCEPTED_FROM


class NoisePerImage:
    """Draws for the images that want one; the others keep theirs for their own next step."""

    def __init__(self, noise: NoiseSource) -> None:
        self._noise = noise
        self._waiting: list[deque[Tensor]] = []

    def next(self, wanted: Sequence[bool]) -> Tensor:
        """Return noise (B, C, h, w), zero where none is wanted."""
        if not self._waiting:
            self._waiting = [deque() for _ in wanted]
        if any(w and not queue for w, queue in zip(wanted, self._waiting, strict=True)):
            for queue, drawn in zip(self._waiting, self._noise(), strict=True):
                queue.append(drawn)
        blank = torch.zeros_like(next(queue[0] for queue in self._waiting if queue))
        return torch.stack([queue.popleft() if w else blank for w, queue in zip(wanted, self._waiting, strict=True)])
