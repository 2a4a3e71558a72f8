"""What a job changes about the model while it uses it: tiling, token merging, a VAE's precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from modules.core.options import Option, Settings
from modules.engine.latents.decode import check_latents, decode
from modules.engine.latents.encode import encode
from modules.engine.latents.preview import TAESD, preview_pixels
from modules.engine.model import DiffusionModel
from modules.engine.tiling import tiled
from modules.engine.token_merging import merged_tokens
from modules.generation import model_options as options
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.request import GenerationRequest, with_hires
from modules.hardware.precision import VaeFallback


@dataclass(frozen=True)
class ModelChanges:
    """The changes of one job.

    Attributes:
        merging: share of the tokens merged in the first pass, 0..0.9.
        merging_hires: the same in the second pass; 0 without one.
        vae_precisions: what may be tried when the VAE loses numbers.
    """

    tiling: bool = False
    merging: float = 0.0
    merging_hires: float = 0.0
    vae_precisions: tuple[torch.dtype, ...] = ()

    @contextmanager
    def while_sampling(self, model: DiffusionModel, *, second_pass: bool) -> Iterator[None]:
        """Change the model for a pass of sampling."""
        with (
            tiled(model, self.tiling),
            merged_tokens(model, self.merging_hires if second_pass else self.merging),
        ):
            yield

    @contextmanager
    def while_using_vae(self, model: DiffusionModel, tell: Callable[[str], None]) -> Iterator[None]:
        """Change the model for decoding and encoding; `tell` takes a sentence for people."""
        before = model.vae_fallback
        model.vae_fallback = VaeFallback(self.vae_precisions, tell)
        try:
            with tiled(model, self.tiling):
                yield
        finally:
            model.vae_fallback = before

    def parameters(self) -> dict[str, Any]:
        """Return what the infotext says of token merging."""
        return {
            "Token merging ratio": self.merging or None,
            "Token merging ratio hr": self.merging_hires or None,
        }


def decode_as_set(model: DiffusionModel, latents: Tensor, settings: Settings) -> Tensor:
    """Decode latents (B, 4, h, w) to pixels (B, 3, 8h, 8w), float32 in 0..1 on the CPU, by the VAE or by TAESD.

    Raises:
        WebUIError: all numbers were lost, so that the pictures would be black.
    """
    if settings[options.VAE_DECODE_METHOD] == TAESD:
        if model.small_decoders.taesd() is not None:
            check_latents(model, latents)
            return preview_pixels(model, latents, TAESD)
        model.vae_fallback.tell(f"{model.small_decoders.taesd_advice} The VAE took its place.")
    return decode(model, latents)


def encode_as_set(model: DiffusionModel, pixels: Tensor, settings: Settings) -> Tensor:
    """Encode pixels (B, 3, H, W) in 0..1 to latents (B, 4, H/8, W/8), float32 on the model's device, as the UNet has
    them, by the VAE or by TAESD.

    Raises:
        WebUIError: all numbers were lost.
    """
    if settings[options.VAE_ENCODE_METHOD] == TAESD:
        encoder = model.small_decoders.taesd_encoder()
        if encoder is not None:
            return encoder(pixels)
        model.vae_fallback.tell(f"{model.small_decoders.taesd_encoder_advice} The VAE took its place.")
    return encode(model, pixels)


def encoder_parameters(model: DiffusionModel, settings: Settings) -> dict[str, Any]:
    """Return what the infotext says of the encoder: nothing of the VAE."""
    method = settings[options.VAE_ENCODE_METHOD]
    return {"VAE Encoder": method} if method == TAESD and model.small_decoders.taesd_encoder() is not None else {}


def decoder_parameters(model: DiffusionModel, settings: Settings) -> dict[str, Any]:
    """Return what the infotext says of the decoder: nothing of the VAE."""
    method = settings[options.VAE_DECODE_METHOD]
    return {"VAE Decoder": method} if method == TAESD and model.small_decoders.taesd() is not None else {}


def plan_changes(request: GenerationRequest, settings: Settings) -> ModelChanges:
    """Resolve what a request and the settings ask for."""
    merging = _share(settings, options.TOKEN_MERGING)
    if isinstance(request, Img2ImgRequest):
        merging = _share(settings, options.TOKEN_MERGING_IMG2IMG) or merging
    vae_precisions = {torch.bfloat16: options.VAE_TO_BFLOAT16, torch.float32: options.VAE_TO_FLOAT32}
    return ModelChanges(
        tiling=settings[options.TILING] if request.tiling is None else request.tiling,
        merging=merging,
        merging_hires=(_share(settings, options.TOKEN_MERGING_HIRES) or merging) if with_hires(request) else 0.0,
        vae_precisions=tuple(precision for precision, allowed in vae_precisions.items() if settings[allowed]),
    )


def _share(settings: Settings, option: Option[float]) -> float:
    return min(max(settings[option], option.minimum or 0.0), option.maximum or 1.0)
