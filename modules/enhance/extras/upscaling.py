"""The operation Upscale: by a factor or to a size, with one upscaler or a blend of two."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from PIL import Image

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Size, Tools
from modules.enhance.job import EnhanceJob
from modules.enhance.network_upscale import require_memory, split_alpha, with_alpha
from modules.enhance.options import IMAGES_IN_CACHE
from modules.enhance.upscalers import MULTIPLE, NO_UPSCALER, UPSCALERS, Upscaler, upscale

LARGEST_FACTOR = 8.0
LARGEST_SIDE = 32768


def check_factor(factor: float) -> None:
    """Check a factor to enlarge by.

    Raises:
        InputError: out of range.
    """
    if not 0 < factor <= LARGEST_FACTOR:
        raise InputError(f"The factor to enlarge by must be more than 0 and at most {LARGEST_FACTOR:g}.")


@dataclass(frozen=True)
class UpscaleValues:
    """How to enlarge.

    Attributes:
        to_size: to `width` and `height`; otherwise by `factor`.
        max_side: by a factor, the longer side becomes no longer than this; 0 is no limit.
        crop: to a size, cut off what sticks out of it; otherwise the picture covers it.
        upscaler_2_visibility: 0..1, share of what the second upscaler makes.
    """

    to_size: bool = False
    factor: float = 4
    max_side: int = 0
    width: int = 512
    height: int = 512
    crop: bool = True
    upscaler_1: str = NO_UPSCALER
    upscaler_2: str = NO_UPSCALER
    upscaler_2_visibility: float = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
            UnknownNameError: no such upscaler.
        """
        check_factor(self.factor)
        if self.to_size and not (1 <= self.width <= LARGEST_SIDE and 1 <= self.height <= LARGEST_SIDE):
            raise InputError(f"The width and height to enlarge to must be from 1 to {LARGEST_SIDE}.")
        if not 0 <= self.max_side <= LARGEST_SIDE:
            raise InputError(f"The longest side must be from 0 to {LARGEST_SIDE}.")
        if not 0 <= self.upscaler_2_visibility <= 1:
            raise InputError("The visibility of upscaler 2 must be from 0 to 1.")
        for name in (self.upscaler_1, self.upscaler_2):
            UPSCALERS.get(name or NO_UPSCALER)


def target_size(image: Image.Image, values: UpscaleValues) -> Size:
    """Return the size that is aimed at, before sides are cut to multiples of 8."""
    if values.to_size:
        return values.width, values.height
    factor = _factor(image, values)
    return int(image.width * factor), int(image.height * factor)


def _factor(image: Image.Image, values: UpscaleValues) -> float:
    if values.to_size:
        return max(values.width / image.width, values.height / image.height)
    longest = max(image.size) * values.factor
    return values.factor * values.max_side / longest if 0 < values.max_side < longest else values.factor


def apply_upscale(picture: ExtrasPicture, values: UpscaleValues, tools: Tools) -> list[ExtrasPicture]:
    """Enlarge, and say so in the picture's info. Without a first upscaler nothing is done, as in A1111.

    Raises:
        InputError: nothing would be left of the picture.
        DeviceMemoryError: there is not enough memory for the result.
    """
    first, second = (UPSCALERS.get(name or NO_UPSCALER) for name in (values.upscaler_1, values.upscaler_2))
    if first.name == NO_UPSCALER:
        return [picture]
    factor = _factor(picture.image, values)
    wanted = [int(side * factor // MULTIPLE * MULTIPLE) for side in picture.image.size]
    if min(wanted) < 1:
        raise InputError(f"A factor of {factor:g} would leave nothing of a picture of {_size(picture.image.size)}.")
    require_memory(*wanted)

    image = _enlarge(picture.image, factor, first, values, tools.job)
    info = _info(values, factor, image, first)
    if second.name != NO_UPSCALER and values.upscaler_2_visibility > 0 and not tools.job.cut_short:
        other = _enlarge(picture.image, factor, second, values, tools.job)
        image = Image.blend(image, other.convert(image.mode), values.upscaler_2_visibility)
        info["Postprocess upscaler 2"] = second.name
    return [picture.done(image, **info)]


def _info(values: UpscaleValues, factor: float, image: Image.Image, first: Upscaler) -> dict[str, object]:
    info: dict[str, object] = {}
    if values.to_size:
        info["Postprocess upscale to"] = _size((values.width, values.height))
        if values.crop:
            info["Postprocess crop to"] = _size(image.size)
    else:
        info["Postprocess upscale by"] = values.factor
        if factor != values.factor:
            info["Max side length"] = values.max_side
    info["Postprocess upscaler"] = first.name
    return info


def _size(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _enlarge(
    image: Image.Image, factor: float, upscaler: Upscaler, values: UpscaleValues, job: EnhanceJob
) -> Image.Image:
    key = (_digest(image), upscaler.name, str(upscaler.model_path), factor)
    enlarged = ENLARGED.get(key)
    if enlarged is None:
        colours, alpha = split_alpha(image)
        enlarged = with_alpha(upscale(colours, factor, upscaler, job), alpha)
        if not job.cut_short:
            ENLARGED.keep(key, enlarged, int(job.settings[IMAGES_IN_CACHE]))
    return _cropped(enlarged, values.width, values.height) if values.to_size and values.crop else enlarged


def _cropped(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return the middle of the picture; what it does not cover is black."""
    sheet = Image.new(image.mode, (width, height))
    sheet.paste(image, (width // 2 - image.width // 2, height // 2 - image.height // 2))
    return sheet


def _digest(image: Image.Image) -> str:
    return hashlib.sha256(f"{image.mode} {image.size}".encode() + image.tobytes()).hexdigest()


class EnlargedPictures:
    """The pictures enlarged last, so that another try of the operations behind Upscale is quick."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Image.Image] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Image.Image | None:
        """Return the picture, if it is kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: tuple[object, ...], image: Image.Image, limit: int) -> None:
        """Keep a picture in place of the one used longest ago."""
        self._kept[key] = image
        while len(self._kept) > max(limit, 0):
            self._kept.popitem(last=False)


ENLARGED = EnlargedPictures()
UPSCALE = Operation("Upscale", 1000, UpscaleValues, apply_upscale, target_size)
