"""Pictures and mask of an img2img job, made ready: sizes, crops, fills (contract 5.6, 5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image, ImageOps

from modules.core.options import Settings
from modules.enhance.job import EnhanceJob
from modules.enhance.upscalers import NO_UPSCALER, UPSCALERS, resize_to
from modules.generation import img2img_options as options
from modules.generation.img2img_request import MASKED_CONTENTS, Img2ImgRequest
from modules.imaging.color_correction import correct_colors
from modules.imaging.mask import (
    Region,
    blur_mask,
    cut_out,
    doubled,
    expand_region,
    fill_masked,
    find_region,
    flatten,
    read_mask,
)
from modules.imaging.resize import ResizeMode, Stretch, lanczos, resize_image

ORIGINAL = MASKED_CONTENTS.index("original")
LEAST_SIDE = 64
"""A picture that goes into the VAE in its own size is made at least this wide and high, in pixels."""

BLANK_MASK = "The mask is blank, so the whole picture was repainted as without one."


@dataclass(frozen=True)
class PreparedMask:
    """A mask and what belongs to it.

    Attributes:
        latent: of the picture to paint, mode L, white is repainted; not yet of the latents' size.
        overlays: the original pictures with holes (RGBA), to lay over the results, in the order of the pictures.
        region: where in the original the result belongs; None is all of it.
        shown: the mask as blurred, of the size of the originals, for those who want to see it.
        painted: of the picture to paint, as `latent` is unless another mask was given for the latents.
    """

    latent: Image.Image
    overlays: tuple[Image.Image, ...]
    region: Region | None
    shown: Image.Image
    painted: Image.Image


@dataclass(frozen=True)
class Img2ImgInputs:
    """What sampling begins with and what is done to its results.

    Attributes:
        pictures: RGB, of the job's size unless the latents are to be resized.
        mask: None paints everything.
        like: the pictures whose colours the results get, if wanted.
        comments: for people.
    """

    pictures: tuple[Image.Image, ...]
    mask: PreparedMask | None = None
    like: tuple[Image.Image, ...] = ()
    comments: tuple[str, ...] = ()

    def overlay(self, index: int) -> Image.Image | None:
        """Return the original with a hole (RGBA) that belongs to a place in the batch, if there is one."""
        if self.mask is None or not self.mask.overlays:
            return None
        return self.mask.overlays[index % len(self.mask.overlays)]

    def with_colors(self, image: Image.Image, index: int) -> Image.Image:
        """Return a result with the colours of its original, if that is wanted."""
        return correct_colors(image, self.like[index % len(self.like)]) if self.like else image

    def lay_over(self, image: Image.Image, overlay: Image.Image | None) -> Image.Image:
        """Return a result laid into its original."""
        if overlay is None:
            return image
        return lay_over(image, overlay, self.mask.region if self.mask else None)

    def in_place(self, image: Image.Image, overlay: Image.Image | None) -> Image.Image:
        """Return a result where it belongs in its original, of which nothing is seen."""
        region = self.mask.region if self.mask else None
        return image if overlay is None or region is None else put_into(image, overlay.size, region)


def prepare_inputs(request: Img2ImgRequest, settings: Settings) -> Img2ImgInputs:
    """Make pictures and mask of a job ready."""
    pictures = [flatten(ImageOps.exif_transpose(image), settings[options.BACKGROUND]) for image in request.init_images]
    mode, size = ResizeMode(request.resize_mode), (request.width, request.height)
    stretch = _stretch(settings)
    if request.mask is None:
        ready = [_fitted(picture, mode, size, stretch) for picture in pictures]
        return Img2ImgInputs(tuple(ready), like=_like(ready, settings))

    read = _read(request.mask, request)
    if request.inpaint_full_res and read.size != pictures[0].size:
        read = read.resize(pictures[0].size)  # the region found in it is one of the picture
    mask = blur_mask(read, *request.blur)
    if request.inpaint_full_res:
        found = find_region(mask, request.inpaint_full_res_padding)
        if found is None:
            ready = [_fitted(picture, mode, size, stretch) for picture in pictures]
            return Img2ImgInputs(tuple(ready), like=_like(ready, settings), comments=(BLANK_MASK,))
        return _prepare_region(request, settings, pictures, mask, expand_region(found, size, mask.size), stretch)
    ready = [_fitted(picture, mode, size, stretch) for picture in pictures]
    mask = resize_image(mode if mode != ResizeMode.LATENT else ResizeMode.STRETCH, mask, *size)
    shown = doubled(mask)
    overlays = [cut_out(picture, resize_to_match(shown, picture)) for picture in ready]
    return _with_mask(request, settings, ready, PreparedMask(mask, tuple(overlays), None, shown, mask))


def _prepare_region(
    request: Img2ImgRequest,
    settings: Settings,
    pictures: Sequence[Image.Image],
    mask: Image.Image,
    region: Region,
    stretch: Stretch,
) -> Img2ImgInputs:
    """Inpaint "Only masked": the region is painted at the job's size."""
    size = (request.width, request.height)
    overlays = [cut_out(picture, resize_to_match(mask, picture)) for picture in pictures]
    parts = [resize_image(ResizeMode.FILL, picture.crop(region), *size, stretch) for picture in pictures]
    latent = resize_image(ResizeMode.FILL, mask.crop(region), *size)
    return _with_mask(request, settings, parts, PreparedMask(latent, tuple(overlays), region, mask, latent))


def _with_mask(
    request: Img2ImgRequest, settings: Settings, pictures: list[Image.Image], mask: PreparedMask
) -> Img2ImgInputs:
    latent = mask.latent
    if request.latent_mask is not None:
        latent = resize_to_match(_read(request.latent_mask, request), pictures[0])
    if request.inpainting_fill != ORIGINAL:
        pictures = [fill_masked(picture, resize_to_match(latent, picture)) for picture in pictures]
    overlays = mask.overlays if settings[options.OVERLAY] else ()
    ready = replace(mask, latent=latent, overlays=overlays)
    return Img2ImgInputs(tuple(pictures), ready, like=_like(pictures, settings))


def lay_over(image: Image.Image, overlay: Image.Image, region: Region | None) -> Image.Image:
    """Return a result (RGB) in its original: `overlay` (RGBA) has a hole where the result is seen.

    Args:
        image: the result.
        overlay: the original with a hole.
        region: where in the original the result belongs; None is all of it.
    """
    image = (put_into(image, overlay.size, region) if region else image).convert("RGBA")
    image.alpha_composite(resize_to_match(overlay, image))
    return image.convert("RGB")


def put_into(image: Image.Image, size: tuple[int, int], region: Region) -> Image.Image:
    """Return an empty picture (RGBA) of a size, with a result in its region."""
    left, top, right, bottom = region
    sheet = Image.new("RGBA", size)
    sheet.paste(resize_image(ResizeMode.CROP, image, right - left, bottom - top), (left, top))
    return sheet


def resize_to_match(image: Image.Image, other: Image.Image) -> Image.Image:
    """Return the picture in the size of another one."""
    return lanczos(image, *other.size)


def _read(mask: Image.Image, request: Img2ImgRequest) -> Image.Image:
    read = read_mask(mask, rounds=request.mask_round)
    return ImageOps.invert(read) if request.inpainting_mask_invert else read


def _fitted(picture: Image.Image, mode: ResizeMode, size: tuple[int, int], stretch: Stretch) -> Image.Image:
    if mode != ResizeMode.LATENT:
        return resize_image(mode, picture, *size, stretch)
    return lanczos(picture, max(picture.width, LEAST_SIDE), max(picture.height, LEAST_SIDE))


def _like(pictures: Sequence[Image.Image], settings: Settings) -> tuple[Image.Image, ...]:
    return tuple(pictures) if settings[options.COLOR_CORRECTION] else ()


def _stretch(settings: Settings) -> Stretch:
    """Return how pictures are enlarged; an upscaler that is not there is passed over, as in A1111."""
    upscaler = UPSCALERS.find(settings[options.UPSCALER] or NO_UPSCALER)
    if upscaler is None or upscaler.name == NO_UPSCALER:
        return lanczos
    return partial(resize_to, upscaler=upscaler, job=EnhanceJob(settings))
