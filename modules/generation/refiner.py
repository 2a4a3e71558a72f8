"""The refiner: another checkpoint takes over when a share of the sampling is done (contract 5.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from modules.core.options import Settings
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.levels import NoiseLevels
from modules.generation import options
from modules.generation.request import GenerationRequest

FIRST_PASS, SECOND_PASS, BOTH_PASSES = "first pass", "second pass", "both passes"


@dataclass(frozen=True)
class RefinerPlan:
    """When the refiner takes over.

    Attributes:
        switch_at: share of the sampling, 0..1.
        by_steps: count steps, as A1111 1.8 did; else the model's timesteps, as 1.9 does.
        passes: with Hires. fix: first pass, second pass or both passes.
    """

    switch_at: float
    by_steps: bool
    passes: str

    def serves(self, *, second_pass: bool, with_hires: bool) -> bool:
        """Say whether it takes part in a pass of sampling."""
        return (
            not with_hires or self.passes == BOTH_PASSES or self.passes == (SECOND_PASS if second_pass else FIRST_PASS)
        )


def plan_refiner(request: GenerationRequest, settings: Settings) -> RefinerPlan | None:
    """Resolve the refiner; None without one.

    A request that names no schedule comes from a client of A1111 1.8, where a share of the steps was meant; see
    docs/decisions/scheduler-not-given.md.
    """
    if not request.refiner_checkpoint or request.refiner_checkpoint == "None" or request.refiner_switch_at is None:
        return None
    return RefinerPlan(
        request.refiner_switch_at,
        by_steps=settings[options.REFINER_BY_STEPS] or request.scheduler is None,
        passes=settings[options.REFINER_PASSES],
    )


class RefinedDenoiser:
    """A denoiser that hands over to the refiner's on its way.

    Args:
        first: that of the checkpoint the pass begins with.
        plan: when to hand over.
        steps: calls that the pass will make.
        levels: noise levels of the model.
        take_over: loads the refiner and makes its denoiser.
    """

    def __init__(
        self,
        first: GuidedDenoiser,
        plan: RefinerPlan,
        steps: int,
        levels: NoiseLevels,
        take_over: Callable[[], GuidedDenoiser],
    ) -> None:
        self._inner: GuidedDenoiser | None = first
        self._plan = plan
        self._steps = steps
        self._levels = levels
        self._take_over: Callable[[], GuidedDenoiser] | None = take_over

    @property
    def inner(self) -> GuidedDenoiser:
        """The denoiser at work."""
        assert self._inner is not None
        return self._inner

    @property
    def last_uncond(self) -> Tensor:
        return self.inner.last_uncond

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the guided denoised latents, of x's shape."""
        if self._take_over is not None and self._share_done(sigma) >= self._plan.switch_at:
            self._hand_over(self._take_over)
        return self.inner(x, sigma)

    def _share_done(self, sigma: Tensor) -> float:
        if self._plan.by_steps:
            return self.inner.step / self._steps
        timestep = self._levels.timestep_at(sigma.max().cpu().reshape(1)).item()
        return (len(self._levels.sigmas) - 1 - timestep) / len(self._levels.sigmas)

    def _hand_over(self, take_over: Callable[[], GuidedDenoiser]) -> None:
        step = self.inner.step
        self._inner = self._take_over = None  # lets the first model go before the second is loaded
        self._inner = take_over()
        self._inner.step = step


def refiner_parameters(plan: RefinerPlan, title: str, *, with_hires: bool) -> dict[str, Any]:
    """Return what the infotext says of the refiner; `title` is its checkpoint's short one."""
    return {
        "Refiner": title,
        "Refiner switch at": plan.switch_at,
        "Refiner switch by sampling steps": plan.by_steps or None,
        "Hires refiner": plan.passes if with_hires and plan.passes != SECOND_PASS else None,
    }
