"""An img2img job, with or without a mask."""

from __future__ import annotations

from dataclasses import dataclass

from PIL.Image import Image

from modules.core.errors import InputError
from modules.generation.request import GenerationRequest, check_number, check_whole
from modules.imaging.resize import ResizeMode

LARGEST_BLUR = 1000
LARGEST_INPUT = 8192
"""Longest side of a picture that is taken as it is, in pixels."""

MASKED_CONTENTS = ("fill", "original", "latent noise", "latent nothing")
"""What is under the mask at first, by `inpainting_fill`."""


@dataclass(frozen=True, kw_only=True)
class Img2ImgRequest(GenerationRequest):
    """An img2img job. Names and defaults are those of A1111's API (contract 2.2), which differ from the page's.

    Attributes:
        init_images: one, or as many as a batch has pictures.
        resize_mode: 0 stretch, 1 crop, 2 fill, 3 resize the latents.
        mask: white is repainted; a picture with transparency counts by its alpha channel.
        mask_blur: sets both of the others; None leaves them.
        mask_blur_x: standard deviation in pixels, like mask_blur_y.
        mask_round: make the mask of the latents black and white.
        inpainting_fill: what is under the mask at first; see `MASKED_CONTENTS`.
        inpaint_full_res: paint only the surroundings of the mask, at the full size.
        inpaint_full_res_padding: how much around the mask, in pixels of the picture.
        inpainting_mask_invert: 1 repaints what is black.
        initial_noise_multiplier: scale of the noise; None takes the setting.
        image_cfg_scale: of InstructPix2Pix checkpoints, how closely they keep to the picture; None is 1.
        latent_mask: another mask for the latents alone.

    Raises:
        InputError: no picture, or a value out of range.
        UnknownNameError: no such sampler or schedule.
    """

    init_images: tuple[Image, ...] = ()
    resize_mode: int = 0
    mask: Image | None = None
    mask_blur: int | None = None
    mask_blur_x: int = 4
    mask_blur_y: int = 4
    mask_round: bool = True
    inpainting_fill: int = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: int = 0
    initial_noise_multiplier: float | None = None
    image_cfg_scale: float | None = None
    latent_mask: Image | None = None

    def _check_own(self) -> None:
        if not self.init_images:
            raise InputError("Init image not found: give at least one picture.")
        if len(self.init_images) not in (1, *range(1, self.batch_size + 1)):
            raise InputError(
                f"{len(self.init_images)} init images do not fit a batch size of {self.batch_size}; give one, or no "
                "more than the batch size."
            )
        for image in self.init_images:
            if max(image.size) > LARGEST_INPUT:
                raise InputError(
                    f"The init image is {image.width}x{image.height}; make it {LARGEST_INPUT} or less on each side."
                )
        check_number("Denoising strength", self.denoising_strength, 0, 1)
        check_whole("Resize mode", self.resize_mode, 0, max(ResizeMode))
        check_whole("Masked content", self.inpainting_fill, 0, len(MASKED_CONTENTS) - 1)
        check_whole("Masked area padding", self.inpaint_full_res_padding, 0, LARGEST_INPUT)
        for blur in self.blur:
            check_number("Mask blur", blur, 0, LARGEST_BLUR)
        if self.initial_noise_multiplier is not None:
            check_number("Noise multiplier", self.initial_noise_multiplier, 0, 10)
        if self.image_cfg_scale is not None:
            check_number("Image CFG scale", self.image_cfg_scale, 0, 1000)

    @property
    def blur(self) -> tuple[int, int]:
        """The mask's blur in both directions."""
        both = self.mask_blur
        return (self.mask_blur_x, self.mask_blur_y) if both is None else (both, both)
