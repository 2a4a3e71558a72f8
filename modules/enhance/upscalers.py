"""Enlarging pictures: the upscalers by name, and the resize that uses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from PIL.Image import Resampling

from modules.core.registry import Registry
from modules.enhance.job import EnhanceJob

MULTIPLE = 8
MOST_ROUNDS = 3

Enlarge = Callable[[Image.Image, float, EnhanceJob], Image.Image]
"""f(picture, scale, job) -> a larger picture; a network may only know its own factor and ignore `scale`."""


@dataclass(frozen=True)
class Upscaler:
    """A way to enlarge a picture.

    Attributes:
        enlarge: does it once.
        scale: the factor it was made for.
        model_name: what the API calls its model, if it has one.
        model_path: where the API says its model is, or comes from.
        is_network: its model is a file; `modules/enhance/upscaler_files.py` finds them.
    """

    name: str
    enlarge: Enlarge
    scale: float = 4.0
    model_name: str | None = None
    model_path: str | None = None
    is_network: bool = False


def _resized(method: Resampling) -> Enlarge:
    return lambda image, scale, _job: image.resize((int(image.width * scale), int(image.height * scale)), method)


NO_UPSCALER = "None"
UPSCALERS: Registry[Upscaler] = Registry("upscaler")
UPSCALERS.add(
    Upscaler(NO_UPSCALER, lambda image, _scale, _job: image),
    Upscaler("Lanczos", _resized(Resampling.LANCZOS)),
    Upscaler("Nearest", _resized(Resampling.NEAREST)),
)


def upscale(image: Image.Image, scale: float, upscaler: Upscaler, job: EnhanceJob | None = None) -> Image.Image:
    """Enlarge by `scale`, applying the upscaler as often as it takes; sides are cut to multiples of 8.

    Source: A1111's rule as recorded in the golden group extras (200x120 by 1.5 gives 296x176).
    """
    job = job or EnhanceJob()
    width, height = (max(int(side * scale // MULTIPLE * MULTIPLE), 1) for side in image.size)
    for _ in range(MOST_ROUNDS):
        if (image.width >= width and image.height >= height) or job.cut_short:
            break
        before = image.size
        image = upscaler.enlarge(image, scale, job)
        if image.size == before:
            break
    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)


def resize_to(
    image: Image.Image, width: int, height: int, upscaler: Upscaler, job: EnhanceJob | None = None
) -> Image.Image:
    """Stretch a picture to a size; what has to grow goes through the upscaler first."""
    scale = max(width / image.width, height / image.height)
    if scale > 1 and upscaler.name != NO_UPSCALER:
        image = upscale(image, scale, upscaler, job)
    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)
