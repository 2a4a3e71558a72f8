"""The operations GFPGAN and CodeFormer: faces restored, as visible as one wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Tools
from modules.enhance.faces.restorers import FACE_RESTORERS, restore_faces


@dataclass(frozen=True)
class FaceValues:
    """How to restore faces.

    Attributes:
        visibility: 0..1, share of the restored picture.
        weight: of CodeFormer, 0..1; 0 changes faces most.
    """

    visibility: float = 1
    weight: float = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
        """
        if not (0 <= self.visibility <= 1 and 0 <= self.weight <= 1):
            raise InputError("The visibility of restored faces, and CodeFormer's weight, must be from 0 to 1.")


def _apply(name: str, describe: Callable[[FaceValues], dict[str, Any]]) -> Callable[..., list[ExtrasPicture]]:
    def apply(picture: ExtrasPicture, values: FaceValues, tools: Tools) -> list[ExtrasPicture]:
        if values.visibility == 0:
            return [picture]
        restorer = FACE_RESTORERS.get(name)
        image = restore_faces(picture.image, restorer, tools.paths.models, tools.flags, tools.job, weight=values.weight)
        if image is not picture.image and values.visibility < 1:
            image = Image.blend(picture.image.convert(image.mode), image, values.visibility)
        return [picture.done(image, **describe(values))]

    return apply


def _describe_gfpgan(values: FaceValues) -> dict[str, Any]:
    return {"GFPGAN visibility": round(values.visibility, 3)}


def _describe_codeformer(values: FaceValues) -> dict[str, Any]:
    return {
        "CodeFormer visibility": round(values.visibility, 3),
        "CodeFormer weight": round(values.weight, 3),
    }


GFPGAN = Operation("GFPGAN", 2000, FaceValues, _apply("GFPGAN", _describe_gfpgan))
CODEFORMER = Operation("CodeFormer", 3000, FaceValues, _apply("CodeFormer", _describe_codeformer))
