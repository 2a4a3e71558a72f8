"""One checkpoint, ready to run: text encoder, UNet and VAE, and where and how they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from modules.hardware.memory import MemoryPlan
from modules.hardware.precision import Precision

Prediction = Literal["epsilon", "v"]

LATENT_CHANNELS = 4
LATENT_FACTOR = 8
"""Pixels along one side of a latent."""


@dataclass
class DiffusionModel:
    """The modules of a checkpoint.

    Attributes:
        text_encoder: transformers CLIPTextModel.
        unet: diffusers UNet2DConditionModel.
        vae: diffusers AutoencoderKL.
        alphas_cumprod: (1000,) float32 on the CPU, falling.
        prediction: what the UNet predicts, the noise or v.
        scale_factor: latents handed to the UNet = VAE latents * scale_factor.
    """

    text_encoder: nn.Module
    unet: nn.Module
    vae: nn.Module
    alphas_cumprod: Tensor
    device: torch.device
    precision: Precision
    memory: MemoryPlan
    prediction: Prediction = "epsilon"
    scale_factor: float = 0.18215
