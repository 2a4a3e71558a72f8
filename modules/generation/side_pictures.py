"""Pictures that can be kept beside a finished one: before its colours were corrected, its mask, what the mask shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from modules.core.options import Settings
from modules.generation.hooks import PostProcessMaskOverlayArgs
from modules.generation.img2img_inputs import Img2ImgInputs, resize_to_match
from modules.generation.img2img_options import SAVE_BEFORE_COLORS, SAVE_MASK, SAVE_MASK_COMPOSITE

BEFORE_COLORS, MASK, COMPOSITE = "-before-color-correction", "-mask", "-mask-composite"


@dataclass(frozen=True)
class FinishedPicture:
    """A picture as it is shown and saved; `beside` holds others by what the names of their files end with."""

    image: Image.Image
    beside: dict[str, Image.Image] = field(default_factory=dict)


def side_pictures(
    inputs: Img2ImgInputs,
    settings: Settings,
    painted: Image.Image,
    colored: Image.Image,
    overlay: PostProcessMaskOverlayArgs,
) -> dict[str, Image.Image]:
    """Return the pictures that the settings want.

    Args:
        inputs: of the job.
        settings: of the job.
        painted: the result as it came from the model.
        colored: the same with the original's colours, if that is wanted.
        overlay: the mask, and the original with a hole, as scripts left them.
    """
    found: dict[str, Image.Image] = {}
    if settings[SAVE_BEFORE_COLORS] and inputs.like:
        found[BEFORE_COLORS] = inputs.lay_over(painted, overlay.overlay_image)
    mask = overlay.mask_for_overlay
    if mask is not None and settings[SAVE_MASK]:
        found[MASK] = mask.convert("RGB")
    if mask is not None and settings[SAVE_MASK_COMPOSITE]:
        found[COMPOSITE] = masked(inputs.in_place(colored, overlay.overlay_image), mask)
    return found


def masked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """Return a picture (RGBA) that is seen only where its mask is white."""
    seen = picture.convert("RGBA").convert("RGBa")
    return Image.composite(seen, Image.new("RGBa", seen.size), resize_to_match(mask, seen).convert("L")).convert("RGBA")
