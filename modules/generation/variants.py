"""What a job shows to checkpoints for inpainting, InstructPix2Pix and depth, whose UNets take more than latents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from modules.core.options import Settings
from modules.engine.latents.encode import to_pixels
from modules.engine.model import DiffusionModel, Variant
from modules.engine.shown_picture import ShownPicture
from modules.generation import img2img_options
from modules.generation.img2img_inputs import Img2ImgInputs, resize_to_match
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.model_changes import decode_as_set
from modules.imaging.resize import lanczos

Show = Callable[[DiffusionModel], ShownPicture | None]
"""Gives what a model is shown in a pass; called only for those that are shown something. None is no picture."""


def no_picture(_model: DiffusionModel) -> None:
    """Show nothing: a pass that begins with noise."""


def show_inputs(request: Img2ImgRequest, inputs: Img2ImgInputs, settings: Settings) -> Show:
    """Show the pictures of an img2img job, in its size, and its mask."""

    def show(_model: DiffusionModel) -> ShownPicture:
        pictures = [lanczos(picture, request.width, request.height) for picture in inputs.pictures]
        mask = None
        if inputs.mask is not None:
            painted = resize_to_match(inputs.mask.painted, pictures[0])
            values = torch.from_numpy(np.array(painted, dtype=np.float32))[None, None] / 255
            mask = values.round() if request.mask_round else values
        return ShownPicture(to_pixels(pictures), mask, settings[img2img_options.MASK_WEIGHT])

    return show


def show_first_pass(latents: Tensor, settings: Settings) -> Show:
    """Show what the second pass of Hires. fix begins with, to an inpainting model that may see something of it.

    It is decoded only then. An InstructPix2Pix model was shown no picture in the first pass and is shown none here.
    """

    def show(model: DiffusionModel) -> ShownPicture | None:
        hiding = settings[img2img_options.MASK_WEIGHT]
        if hiding == 1 or model.variant != "inpainting":
            return None
        return ShownPicture(decode_as_set(model, latents, settings), hiding=hiding)

    return show


def edits(model: DiffusionModel, image_cfg_scale: float | None) -> bool:
    """Say whether guidance also leads towards the picture."""
    return model.variant == "pix2pix" and image_cfg_scale is not None and image_cfg_scale != 1


def written_image_cfg_scale(variant: Variant, request: Img2ImgRequest | None) -> float | None:
    """Return the infotext's "Image CFG scale", if there is one."""
    return request.image_cfg_scale if request is not None and variant == "pix2pix" else None


def written_mask_weight(variant: Variant, settings: Settings) -> float | None:
    """Return the infotext's "Conditional mask weight", if there is one."""
    return settings[img2img_options.MASK_WEIGHT] if variant == "inpainting" else None
