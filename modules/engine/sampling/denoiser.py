"""The UNet as a denoiser: the guess of the clean latents that k-diffusion's samplers step with.

Source: Karras et al. 2022, arXiv:2206.00364, section 5 and table 1; the discrete wrappers of k-diffusion (MIT).
"""

from __future__ import annotations

import torch
from torch import Tensor

from modules.engine.model import DiffusionModel
from modules.engine.sampling.levels import NoiseLevels


class UNetDenoiser:
    """Turns the UNet's prediction (noise or v) into denoised latents. Not guided: one conditioning a call.

    Args:
        model: the UNet's.
        known_timesteps: the UNet is asked at the nearest of so many timesteps, evenly spaced (those a distilled model
            was trained on); 0 asks it between timesteps too.
        alphas_cumprod: the noise schedule (1000,), if it is not the model's own.
    """

    def __init__(self, model: DiffusionModel, known_timesteps: int = 0, alphas_cumprod: Tensor | None = None) -> None:
        self._model = model
        levels = NoiseLevels.of(model.alphas_cumprod if alphas_cumprod is None else alphas_cumprod)
        self.levels = levels
        self._device_levels = NoiseLevels(levels.sigmas.to(model.device))
        self._known = known_timesteps

    def __call__(self, x: Tensor, sigma: Tensor, embeddings: Tensor, shown: Tensor | None = None) -> Tensor:
        """Return the denoised latents (B, C, h, w) float32 of x (B, C, h, w) at sigma (B,).

        What a model with more channels is `shown` beside them (B, channels, h, w) goes in as it is.
        """
        width = sigma.view(-1, 1, 1, 1)
        scaled = x / (width**2 + 1) ** 0.5
        inputs = scaled if shown is None else torch.cat([scaled, shown], dim=1)
        output = self._run_unet(inputs, self._timestep_at(sigma), embeddings)
        if self._model.prediction == "v":
            return x / (width**2 + 1) - output * width / (width**2 + 1) ** 0.5
        return x - output * width

    def _timestep_at(self, sigma: Tensor) -> Tensor:
        if not self._known:
            return self._device_levels.timestep_at(sigma)
        stride = len(self._device_levels.sigmas) // self._known
        known = self._device_levels.thinned(self._known).sigmas.log()
        nearest = (sigma.log()[:, None] - known).abs().argmin(dim=1)
        return (nearest + 1) * stride - 1

    def _run_unet(self, x: Tensor, timestep: Tensor, embeddings: Tensor) -> Tensor:
        precision = self._model.precision
        dtype = precision.unet
        with torch.autocast(self._model.device.type, dtype=dtype, enabled=precision.autocast):
            output = self._model.unet(
                x.to(dtype), timestep, encoder_hidden_states=embeddings.to(dtype), return_dict=False
            )[0]
        return output.float()
