"""The cheapest look at latents, a linear map to colours: a published one, or one fitted to the checkpoint's own VAE."""

from __future__ import annotations

import torch
from torch.nn.functional import avg_pool2d, interpolate

from modules.engine.latents.encode import run_encoder
from modules.engine.latents.space import latent_space
from modules.engine.model import LATENT_CHANNELS, LATENT_FACTOR, DiffusionModel
from modules.engine.networks.small_decoders import LinearDecoder

_PICTURES, _SIDE, _PATCHES = 8, 64, 2


SD1 = LinearDecoder(
    torch.tensor([[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]]) / 2,
    torch.full((3,), 0.5),
)
"""For the latents of Stable Diffusion 1.

Fitted by "keturn" and published in 2022 on the Hugging Face forum, "Decoding latents to RGB without upscaling".
"""


def linear_decoder(model: DiffusionModel) -> LinearDecoder:
    """Return the model's linear map, fitting it on the first call unless it has one or is a Stable Diffusion 1.

    Where the VAE may not be used from any thread, the map of Stable Diffusion 1 has to do.
    """
    decoders = model.small_decoders
    if decoders.linear is None:
        fitted = None if latent_space(model).is_sd1 or model.memory.moves_weights else fit_linear_decoder(model)
        decoders.linear = fitted or SD1
    return decoders.linear


def fit_linear_decoder(model: DiffusionModel) -> LinearDecoder | None:
    """Fit a model's map by least squares to how its VAE encodes soft patches of random colours; always the same ones.

    Measured on three pictures of the starter model, enlarged to their size: 11 of 255 from what the VAE makes of them
    on average; the map above for Stable Diffusion 1 is 112 off there. None if the VAE gives no numbers.
    """
    generator = torch.Generator().manual_seed(0)
    patches = torch.rand(_PICTURES, 3, _PATCHES, _PATCHES, generator=generator)
    pictures = interpolate(patches, size=_SIDE, mode="bicubic").clamp(0, 1)
    with torch.inference_mode():
        latents = run_encoder(model, pictures).cpu()
    if not latents.isfinite().all():
        return None
    rows = latents.movedim(1, -1).reshape(-1, LATENT_CHANNELS)
    colours = avg_pool2d(pictures, LATENT_FACTOR).movedim(1, -1).reshape(-1, 3)
    solution = torch.linalg.lstsq(torch.cat([rows, torch.ones(len(rows), 1)], dim=1), colours).solution
    return LinearDecoder(solution[:LATENT_CHANNELS], solution[LATENT_CHANNELS])
