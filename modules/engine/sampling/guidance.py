"""Classifier-free guidance around the UNet.

Source: Ho and Salimans 2022, arXiv:2207.12598, equation 6, with A1111's scale: 1 is no guidance. Prompts joined by AND:
Liu et al. 2022, arXiv:2206.01714, equation 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.types import ComposedConditioning, Conditioning


@dataclass(frozen=True)
class GuidanceSettings:
    """How the negative prompt is used.

    Attributes:
        skip_below: the negative prompt is left out of every other call below this sigma (A1111's NGMS); 0 never.
        in_timesteps: `skip_below` is a timestep, as A1111 has it for samplers with timesteps of their own.
        skip_every_call: leave it out of each call below that sigma.
        skip_early: it is left out of this first share of the calls, 0..1 (A1111's Skip Early CFG).
        in_one_batch: run the prompt and the negative prompt through the UNet together, if they are of one length;
            otherwise no more rows at once than there are images.
    """

    skip_below: float = 0.0
    in_timesteps: bool = False
    skip_every_call: bool = False
    skip_early: float = 0.0
    in_one_batch: bool = True


class GuidedDenoiser:
    """(x, sigma) -> denoised, steered from the negative prompt towards the prompt.

    Args:
        denoiser: the UNet.
        cond: of the prompts.
        uncond: of the negative prompts.
        scale: CFG scale; 1 follows the prompt alone.
        settings: how the negative prompt is used.
        calls: how many calls the run will make; `GuidanceSettings.skip_early` is a share of them.
        shown: what the UNet is shown beside the latents of each image, (B, channels, h, w), if anything.
    """

    def __init__(
        self,
        denoiser: UNetDenoiser,
        cond: ComposedConditioning | Conditioning,
        uncond: Conditioning,
        scale: float,
        settings: GuidanceSettings | None = None,
        *,
        calls: int = 0,
        shown: Tensor | None = None,
    ) -> None:
        self._denoiser = denoiser
        self._cond = cond if isinstance(cond, ComposedConditioning) else ComposedConditioning.of(cond)
        self._uncond = uncond
        self._scale = scale
        self._settings = settings or GuidanceSettings()
        self._calls = calls
        self._shown = () if shown is None else (shown,)
        self._images = [image for image, weights in enumerate(self._cond.weights) for _ in weights]
        self._latest: tuple[Tensor, Tensor, Tensor | None, int] | None = None
        self.last_parts: tuple[Tensor, Tensor | None] | None = None
        """Denoised latents of the prompt (of its first part) and of the negative prompt, if it was asked, in the latest
        call: what previews can show."""
        self.step = 0
        """How many calls were made; it chooses the conditioning."""

    @property
    def last_uncond(self) -> Tensor:
        """Denoised latents of the negative prompt alone in the latest call."""
        assert self._latest is not None, "not called yet"
        x, sigma, without, step = self._latest
        return self._denoiser(x, sigma, self._uncond.at(step), *self._shown) if without is None else without

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the guided denoised latents, of x's shape."""
        cond = self._cond.at(self.step)
        if self._skips(sigma):
            with_prompt = self._run_prompt(x, sigma, cond)
            without = with_prompt[self._first_parts()]
        elif self._needs_no_uncond():
            with_prompt, without = self._run_prompt(x, sigma, cond), None
        else:
            with_prompt, without = self._run_both(x, sigma, cond, self._uncond.at(self.step))
        self._latest = (x, sigma, without, self.step)
        self.last_parts = (with_prompt[self._first_parts()], without)
        self.step += 1
        return self._combine(with_prompt, without)

    def _skips(self, sigma: Tensor) -> bool:
        """Say whether this call leaves the negative prompt out; the first part takes its place then, as in A1111."""
        settings = self._settings
        if settings.skip_early and self._calls and self.step / self._calls <= settings.skip_early:
            return True
        is_turn = self.step % 2 == 1 or settings.skip_every_call
        return settings.skip_below > 0 and is_turn and self._level(sigma) < settings.skip_below

    def _level(self, sigma: Tensor) -> float:
        level = sigma[:1].cpu()
        return (self._denoiser.levels.timestep_at(level) if self._settings.in_timesteps else level).item()

    def _needs_no_uncond(self) -> bool:
        """Say whether the negative prompt cancels out of the sum."""
        return all(sum(weights) * self._scale == 1 for weights in self._cond.weights)

    def _first_parts(self) -> list[int]:
        return [self._images.index(image) for image in range(len(self._cond.weights))]

    def _for_parts(self, values: Tensor) -> Tensor:
        """Repeat each image's values (B, ...) for its parts (P, ...)."""
        return values if len(self._images) == len(values) else values[self._images]

    def _run_prompt(self, x: Tensor, sigma: Tensor, cond: Tensor) -> Tensor:
        rows = len(self._images) if self._settings.in_one_batch else len(x)
        x, sigma, *shown = (self._for_parts(values) for values in (x, sigma, *self._shown))
        inputs = (values.split(rows) for values in (x, sigma, cond, *shown))
        return torch.cat([self._denoiser(*part) for part in zip(*inputs, strict=True)])

    def _run_both(self, x: Tensor, sigma: Tensor, cond: Tensor, uncond: Tensor) -> tuple[Tensor, Tensor]:
        if cond.shape[1] != uncond.shape[1] or not self._settings.in_one_batch:
            return self._run_prompt(x, sigma, cond), self._denoiser(x, sigma, uncond, *self._shown)
        x, sigma, *shown = (torch.cat([self._for_parts(values), values]) for values in (x, sigma, *self._shown))
        both = self._denoiser(x, sigma, torch.cat([cond, uncond]), *shown)
        parts = len(self._images)
        return both[:parts], both[parts:]

    def _combine(self, with_prompt: Tensor, without: Tensor | None) -> Tensor:
        """Return uncond + sum of weight * scale * (cond - uncond) over the parts of each image."""
        weights = with_prompt.new_tensor([*chain.from_iterable(self._cond.weights)]).view(-1, 1, 1, 1) * self._scale
        moves = (with_prompt if without is None else with_prompt - self._for_parts(without)) * weights
        if without is not None and len(without) == len(moves):
            return without + moves
        result = torch.zeros_like(with_prompt[: len(self._cond.weights)]) if without is None else without.clone()
        for image, move in zip(self._images, moves, strict=True):
            result[image] += move
        return result
