"""Guidance of InstructPix2Pix: towards the prompt, and towards the picture that is edited.

Source: Brooks et al. 2023, arXiv:2211.09800, equation 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from modules.core.errors import InputError
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidanceSettings, GuidedDenoiser
from modules.engine.types import ComposedConditioning, Conditioning


class EditDenoiser(GuidedDenoiser):
    """(x, sigma) -> denoised, steered by two scales. The negative prompt takes part in each call.

    Args:
        denoiser: the UNet.
        cond: of the prompts, one for each image.
        uncond: of the negative prompts.
        scale: CFG scale, of the prompt.
        image_scale: Image CFG scale, of the picture; with 1, `GuidedDenoiser` does the same with less work.
        shown: the pictures' latents (B, C, h, w); zeros stand for none.
        settings: only `in_one_batch` is used.

    Raises:
        InputError: prompts joined by AND.
    """

    def __init__(
        self,
        denoiser: UNetDenoiser,
        cond: ComposedConditioning | Conditioning,
        uncond: Conditioning,
        scale: float,
        *,
        image_scale: float,
        shown: Tensor,
        settings: GuidanceSettings | None = None,
    ) -> None:
        super().__init__(denoiser, cond, uncond, scale, settings, shown=shown)
        if any(len(weights) > 1 for weights in self._cond.weights):
            raise InputError(
                "An InstructPix2Pix checkpoint cannot follow prompts joined by AND: take AND out, or set Image CFG "
                "Scale to 1."
            )
        self._image_scale = image_scale
        self._picture, self._nothing = shown, torch.zeros_like(shown)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the guided denoised latents, of x's shape."""
        cond, uncond = self._cond.at(self.step), self._uncond.at(self.step)
        asked = ((cond, self._picture), (uncond, self._picture), (uncond, self._nothing))
        with_both, with_picture, without = self._run(x, sigma, *asked)
        self._latest = (x, sigma, without, self.step)
        self.last_parts = (with_both, without)
        self.step += 1
        towards_prompt, towards_picture = with_both - with_picture, with_picture - without
        return without + self._scale * towards_prompt + self._image_scale * towards_picture

    def _run(self, x: Tensor, sigma: Tensor, *asked: tuple[Tensor, Tensor]) -> list[Tensor]:
        """Return what the UNet answers to each pair of embeddings and picture."""
        embeddings, pictures = zip(*asked, strict=True)
        if len({rows.shape[1] for rows in embeddings}) > 1 or not self._settings.in_one_batch:
            return [self._denoiser(x, sigma, *pair) for pair in asked]
        count = len(asked)
        together = self._denoiser(
            x.repeat(count, 1, 1, 1), sigma.repeat(count), torch.cat(embeddings), torch.cat(pictures)
        )
        return list(together.chunk(count))
