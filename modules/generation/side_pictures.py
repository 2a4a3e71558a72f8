"""Pictures that can be kept beside a finished one: before its colours were corrected, its mask, what the mask shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PIL import Image

from modules.core.options import Settings
from modules.generation.hooks import PostProcessMaskOverlayArgs
from modules.generation.img2img_inputs import Img2ImgInputs, resize_to_match
from modules.generation.img2img_options import (
    RETURN_MASK,
    RETURN_MASK_COMPOSITE,
    SAVE_BEFORE_COLORS,
    SAVE_MASK,
    SAVE_MASK_COMPOSITE,
)
from modules.generation.result import GeneratedImage

BEFORE_COLORS, MASK, COMPOSITE = "-before-color-correction", "-mask", "-mask-composite"
SAVES = {MASK: SAVE_MASK, COMPOSITE: SAVE_MASK_COMPOSITE}
SHOWS = {MASK: RETURN_MASK, COMPOSITE: RETURN_MASK_COMPOSITE}


@dataclass(frozen=True)
class FinishedPicture:
    """A picture as it is shown and saved; `beside` holds others by what the names of their files end with."""

    image: Image.Image
    beside: dict[str, Image.Image] = field(default_factory=dict)

    def saved(self, settings: Settings) -> dict[str, Image.Image]:
        """Return those that are saved."""
        return {suffix: side for suffix, side in self.beside.items() if suffix not in SAVES or settings[SAVES[suffix]]}

    def shown(self, settings: Settings) -> list[Image.Image]:
        """Return those that follow it in the results."""
        return [side for suffix, side in self.beside.items() if suffix in SHOWS and settings[SHOWS[suffix]]]


def side_pictures(
    inputs: Img2ImgInputs,
    settings: Settings,
    painted: Image.Image,
    colored: Image.Image,
    overlay: PostProcessMaskOverlayArgs,
) -> dict[str, Image.Image]:
    """Return the pictures that the settings want saved or shown.

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
    if mask is not None and _wanted(MASK, settings):
        found[MASK] = mask.convert("RGB")
    if mask is not None and _wanted(COMPOSITE, settings):
        found[COMPOSITE] = masked(inputs.in_place(colored, overlay.overlay_image), mask)
    return found


def _wanted(suffix: str, settings: Settings) -> bool:
    return settings[SAVES[suffix]] or settings[SHOWS[suffix]]


def with_sides(image: GeneratedImage, finished: FinishedPicture, settings: Settings) -> list[GeneratedImage]:
    """Return a picture and those that follow it in the results."""
    return [image, *(replace(image, image=side, path=None, is_beside=True) for side in finished.shown(settings))]


def masked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """Return a picture (RGBA) that is seen only where its mask is white."""
    seen = picture.convert("RGBA").convert("RGBa")
    return Image.composite(seen, Image.new("RGBa", seen.size), resize_to_match(mask, seen).convert("L")).convert("RGBA")
