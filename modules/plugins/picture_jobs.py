"""What the img2img scripts have in common: their picture, and what they give back."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageOps
from PIL.Image import Image

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.generation.img2img_options import BACKGROUND
from modules.generation.img2img_request import LARGEST_INPUT
from modules.generation.job import StableDiffusionProcessing, StableDiffusionProcessingImg2Img
from modules.generation.processed import Processed
from modules.imaging.mask import flatten
from modules.imaging.options import SAMPLES_SAVE
from modules.imaging.resize import lanczos


def settings_of(p: StableDiffusionProcessing) -> Settings:
    """Return the settings of a job, with its overrides."""
    assert p.program is not None
    return p.program.settings(p.override_settings)


def first_picture(p: StableDiffusionProcessingImg2Img) -> Image:
    """Return the picture that a script begins with: RGB, upright, without transparency.

    Raises:
        InputError: there is none, or it is too large.
    """
    if not p.init_images or p.init_images[0] is None:
        raise InputError("Init image not found: this script needs a picture; put one into the img2img tab.")
    picture = flatten(ImageOps.exif_transpose(p.init_images[0]), settings_of(p)[BACKGROUND])
    require_size(picture.size)
    return picture


def require_size(size: tuple[int, int]) -> None:
    """Refuse a picture that is too large to work on.

    Raises:
        InputError: it is.
    """
    if max(size) > LARGEST_INPUT:
        raise InputError(
            f"The picture would be {size[0]}x{size[1]}; {LARGEST_INPUT} on each side is the most. Choose less, or "
            "begin with a smaller picture."
        )


def saves_pictures(p: StableDiffusionProcessing) -> bool:
    """Say whether the pictures of a job are to be saved; scripts that put several together save only the whole."""
    return settings_of(p)[SAMPLES_SAVE] and not p.do_not_save_samples


def finished_pictures(processed: Processed) -> list[Image]:
    """Return the pictures of a job without sheets."""
    return processed.images[processed.index_of_first_image :]


def fitted(picture: Image, size: tuple[int, int]) -> Image:
    """Return a result in the size that was asked for; sides of results are multiples of 8."""
    return lanczos(picture, *size)


def is_stopped(p: StableDiffusionProcessing) -> bool:
    """Say whether nothing more is to be begun."""
    return p.progress is not None and (p.progress.interrupted or p.progress.stopping)


def report(p: StableDiffusionProcessing, images: Sequence[Image], seed: int, info: str, sheets: int = 0) -> Processed:
    """Return what a script has made.

    Args:
        p: the job.
        images: sheets first.
        seed: of the first picture.
        info: infotext of pictures that have none of their own.
        sheets: how many sheets there are.
    """
    for image in images[sheets:]:
        image.info.setdefault("parameters", info)
    texts = [str(image.info.get("parameters", info)) for image in images]
    return Processed(p, images, seed, info, infotexts=texts)
