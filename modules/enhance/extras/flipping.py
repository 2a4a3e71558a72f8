"""The operation Create flipped copies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL.Image import Transpose

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Tools

FLIPS = {
    "Horizontal": ("flip-horizontal", Transpose.FLIP_LEFT_RIGHT),
    "Vertical": ("flip-vertical", Transpose.FLIP_TOP_BOTTOM),
    "Both": ("flip-both", Transpose.ROTATE_180),
}
"""By A1111's name: what file names say of a copy, and how it is made."""


@dataclass(frozen=True)
class FlipValues:
    """Which copies to make."""

    flips: tuple[str, ...] = ("Horizontal",)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: not the name of a flip.
        """
        if not set(self.flips) <= FLIPS.keys():
            raise InputError(f"Flipped copies are {', '.join(FLIPS)}.")


def apply_flips(picture: ExtrasPicture, values: FlipValues, _tools: Tools) -> list[ExtrasPicture]:
    """Return the picture and its copies."""
    copies = [FLIPS[name] for name in FLIPS if name in values.flips]
    return [
        picture,
        *(replace(picture.done(picture.image.transpose(flip)), tags=(*picture.tags, tag)) for tag, flip in copies),
    ]


FLIP = Operation("Create flipped copies", 4030, FlipValues, apply_flips)
