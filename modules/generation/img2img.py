"""img2img and inpainting: a pass that begins with a picture (contract 5.6, 5.7)."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from torch.nn.functional import interpolate

from modules.core.options import Settings
from modules.engine.latents.encode import to_pixels
from modules.engine.model import LATENT_CHANNELS, LATENT_FACTOR, DiffusionModel
from modules.engine.sampling.masked import LatentMask, latent_mask
from modules.engine.sampling.noise import ImageNoise
from modules.generation import img2img_options, options
from modules.generation.img2img_inputs import Img2ImgInputs
from modules.generation.img2img_request import MASKED_CONTENTS, Img2ImgRequest
from modules.generation.model_changes import encode_as_set

LATENT_NOISE, LATENT_NOTHING = MASKED_CONTENTS.index("latent noise"), MASKED_CONTENTS.index("latent nothing")


def begin_with_pictures(
    model: DiffusionModel, request: Img2ImgRequest, inputs: Img2ImgInputs, seeds: tuple[int, ...], settings: Settings
) -> tuple[Tensor, LatentMask | None]:
    """Return the latents (B, C, h, w) that a batch begins with, and what of them is kept, if there is a mask.

    Args:
        model: its VAE is used.
        request: the job.
        inputs: the job's pictures and mask.
        seeds: of the batch's images.
        settings: where noise comes from, and how pictures are encoded.
    """
    size = (request.height // LATENT_FACTOR, request.width // LATENT_FACTOR)
    latents = torch.cat([encode_as_set(model, to_pixels([picture]), settings) for picture in inputs.pictures])
    if latents.shape[-2:] != size:
        latents = interpolate(latents, size=size, mode="bilinear")
    latents = latents.repeat_interleave(len(seeds), dim=0) if len(latents) == 1 else latents
    if inputs.mask is None:
        return latents, None
    painted = latent_mask(inputs.mask.latent, size, rounds=request.mask_round).to(latents.device)
    if request.inpainting_fill == LATENT_NOISE:
        source = settings[options.RANDOM_SOURCE]
        noise = ImageNoise(seeds, (LATENT_CHANNELS, *size), source, latents.device).first()
        latents = latents * (1 - painted) + noise * painted
    elif request.inpainting_fill == LATENT_NOTHING:
        latents = latents * (1 - painted)
    return latents, LatentMask(painted, latents)


def noise_multiplier(request: Img2ImgRequest, settings: Settings) -> float:
    """Return the scale of the noise laid over the picture."""
    own = request.initial_noise_multiplier
    return settings[img2img_options.NOISE_MULTIPLIER] if own is None else own


def img2img_parameters(request: Img2ImgRequest, inputs: Img2ImgInputs, settings: Settings) -> dict[str, Any]:
    """Return what the infotext says of img2img (contract 5.13); None leaves one out."""
    scale, extra = noise_multiplier(request, settings), settings[options.EXTRA_NOISE]
    return {
        **(_mask_parameters(request, inputs) if inputs.mask else {}),
        "Noise multiplier": scale if scale != 1 else None,
        "Extra noise": extra or None,
    }


def image_sum(image: Image) -> str:
    """Return the MD5 sum of a picture's pixels, by which A1111 names those that it keeps."""
    return hashlib.md5(image.tobytes(), usedforsecurity=False).hexdigest()


def _mask_parameters(request: Img2ImgRequest, inputs: Img2ImgInputs) -> dict[str, Any]:
    only_masked = inputs.mask is not None and inputs.mask.region is not None
    (blur_x, blur_y), content = request.blur, request.inpainting_fill
    return {
        "Mask mode": "Inpaint not masked" if request.inpainting_mask_invert else None,
        "Mask blur": blur_x or None if blur_x == blur_y else None,
        "Mask blur x": blur_x if blur_x != blur_y else None,
        "Mask blur y": blur_y if blur_x != blur_y else None,
        "Inpaint area": "Only masked" if only_masked else None,
        "Masked area padding": request.inpaint_full_res_padding if only_masked else None,
        "Masked content": MASKED_CONTENTS[content] if MASKED_CONTENTS[content] != "original" else None,
    }
