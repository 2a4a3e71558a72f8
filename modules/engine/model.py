"""One checkpoint, ready to run: text encoder, UNet and VAE, and where and how they run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from modules.engine.depth import DepthEstimator, no_depth_estimator
from modules.engine.encodings import EncodingCache
from modules.engine.networks.applied import AppliedNetworks
from modules.engine.networks.embeddings import EmbeddingIndex
from modules.engine.networks.small_decoders import SmallDecoders
from modules.hardware.memory import MemoryPlan
from modules.hardware.precision import Precision, VaeFallback

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from transformers.models.clip.modeling_clip import CLIPTextModel

Prediction = Literal["epsilon", "v"]
Variant = Literal["plain", "inpainting", "pix2pix", "depth"]
"""What a UNet is shown beside the latents: nothing, a picture with a hole, a picture, or how far away things are."""

LATENT_CHANNELS = 4
LATENT_FACTOR = 8
"""Pixels along one side of a latent."""


@dataclass
class DiffusionModel:
    """The modules of a checkpoint.

    Attributes:
        alphas_cumprod: (1000,) float32 on the CPU, falling.
        prediction: what the UNet predicts, the noise or v.
        variant: what the UNet is shown beside the latents.
        scale_factor: latents handed to the UNet = VAE latents * scale_factor.
        uses_open_clip: the text encoder is OpenCLIP's, which wants zeros after the end and has no clip skip.
        is_sdxl: an SDXL, for which some noise schedules have other levels.
        vae_fallback: what is tried when the VAE loses numbers.
        vae_in_use: held while a preview is made in another thread than the job's, and while the VAE's type is changed.
        small_decoders: what can stand in for the VAE.
        embeddings: the textual inversions that its prompts may use.
        encodings: prompts it has encoded lately.
        networks: the LoRAs and hypernetworks that are on it at present.
        depth_estimator: gives what estimates depth, which a depth checkpoint needs.
        checks_nan: refuse a picture of nothing but NaN, which would be black.
    """

    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    alphas_cumprod: Tensor
    device: torch.device
    precision: Precision
    memory: MemoryPlan
    prediction: Prediction = "epsilon"
    variant: Variant = "plain"
    scale_factor: float = 0.18215
    checks_nan: bool = True
    uses_open_clip: bool = False
    is_sdxl: bool = False
    vae_fallback: VaeFallback = field(default_factory=VaeFallback)
    vae_in_use: threading.Lock = field(default_factory=threading.Lock)
    small_decoders: SmallDecoders = field(default_factory=SmallDecoders)
    embeddings: EmbeddingIndex = field(default_factory=EmbeddingIndex)
    encodings: EncodingCache = field(default_factory=EncodingCache)
    depth_estimator: Callable[[], DepthEstimator] = field(default=no_depth_estimator)
    networks: AppliedNetworks = field(init=False)

    def __post_init__(self) -> None:
        self.networks = AppliedNetworks(self.text_encoder, self.unet)

    @property
    def token_widths(self) -> tuple[int, ...]:
        """The width of the token vectors of each text encoder."""
        return (self.text_encoder.config.hidden_size,)
