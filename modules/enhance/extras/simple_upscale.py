"""The operation Simple Upscale, of txt2img and img2img alone: one upscaler and a factor."""

from __future__ import annotations

from dataclasses import dataclass

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Tools
from modules.enhance.extras.upscaling import check_factor
from modules.enhance.network_upscale import require_memory
from modules.enhance.upscalers import NO_UPSCALER, UPSCALERS, upscale


@dataclass(frozen=True)
class SimpleUpscaleValues:
    """How to enlarge; without an upscaler nothing is done."""

    upscaler: str = NO_UPSCALER
    factor: float = 2

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
            UnknownNameError: no such upscaler.
        """
        check_factor(self.factor)
        UPSCALERS.get(self.upscaler or NO_UPSCALER)


def apply_simple_upscale(picture: ExtrasPicture, values: SimpleUpscaleValues, tools: Tools) -> list[ExtrasPicture]:
    """Enlarge, and say so in the picture's info.

    Raises:
        InputError: nothing would be left of the picture.
        DeviceMemoryError: there is not enough memory for the result.
    """
    upscaler = UPSCALERS.get(values.upscaler or NO_UPSCALER)
    if upscaler.name == NO_UPSCALER:
        return [picture]
    wanted = [int(side * values.factor) for side in picture.image.size]
    if min(wanted) < 8:
        raise InputError(f"A factor of {values.factor:g} would leave nothing of the picture.")
    require_memory(*wanted)
    image = upscale(picture.image, values.factor, upscaler, tools.job)
    said = {"Simple Upscale by": values.factor, "Simple Upscale upscaler": upscaler.name}
    return [picture.done(image, **said)]


SIMPLE_UPSCALE = Operation("Simple Upscale", 900, SimpleUpscaleValues, apply_simple_upscale, main_tabs_only=True)
