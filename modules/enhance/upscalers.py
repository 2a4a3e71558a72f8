"""Enlarging pictures: the upscalers by name, and the resize that uses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from PIL.Image import Resampling

from modules.core.registry import Registry

MULTIPLE = 8
MOST_ROUNDS = 3


@dataclass(frozen=True)
class Upscaler:
    """A way to enlarge a picture.

    Attributes:
        enlarge: f(picture, scale) -> a larger picture; a network may only know its own factor and ignore `scale`.
        scale: the factor it was made for.
        model_name: what the API calls its model, if it has one.
        model_path: where the API says its model comes from.
    """

    name: str
    enlarge: Callable[[Image.Image, float], Image.Image]
    scale: float = 4.0
    model_name: str | None = None
    model_path: str | None = None


def _resized(method: Resampling) -> Callable[[Image.Image, float], Image.Image]:
    return lambda image, scale: image.resize((int(image.width * scale), int(image.height * scale)), method)


NO_UPSCALER = "None"
UPSCALERS: Registry[Upscaler] = Registry("upscaler")
UPSCALERS.add(
    Upscaler(NO_UPSCALER, lambda image, _scale: image),
    Upscaler("Lanczos", _resized(Resampling.LANCZOS)),
    Upscaler("Nearest", _resized(Resampling.NEAREST)),
)


def upscale(image: Image.Image, scale: float, upscaler: Upscaler) -> Image.Image:
    """Enlarge by `scale`, applying the upscaler as often as it takes; sides are cut to multiples of 8.

    Source: A1111's rule as recorded in the golden group extras (200x120 by 1.5 gives 296x176).
    """
    width, height = (int(side * scale // MULTIPLE * MULTIPLE) for side in image.size)
    for _ in range(MOST_ROUNDS):
        if image.width >= width and image.height >= height:
            break
        before = image.size
        image = upscaler.enlarge(image, scale)
        if image.size == before:
            break
    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)


def resize_to(image: Image.Image, width: int, height: int, upscaler: Upscaler) -> Image.Image:
    """Stretch a picture to a size; what has to grow goes through the upscaler first."""
    scale = max(width / image.width, height / image.height)
    if scale > 1 and upscaler.name != NO_UPSCALER:
        image = upscale(image, scale, upscaler)
    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)
