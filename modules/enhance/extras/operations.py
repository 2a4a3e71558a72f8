"""The operations of the Extras chain, in menu order, and how the API's fields name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.enhance.extras.captioning import CAPTION
from modules.enhance.extras.chain import OPERATIONS
from modules.enhance.extras.cropping import AUTO_SIZE, FOCAL, SPLIT
from modules.enhance.extras.faces import CODEFORMER, GFPGAN, FaceValues
from modules.enhance.extras.flipping import FLIP
from modules.enhance.extras.simple_upscale import SIMPLE_UPSCALE
from modules.enhance.extras.upscaling import UPSCALE, UpscaleValues

OPERATIONS.add(SIMPLE_UPSCALE, UPSCALE, GFPGAN, CODEFORMER, SPLIT, FOCAL, AUTO_SIZE, FLIP, CAPTION)


def operations_of_api(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operations that a call of A1111's Extras routes asks for.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such upscaler.
    """
    operations: dict[str, Any] = {
        UPSCALE.name: UpscaleValues(
            to_size=fields["resize_mode"] == 1,
            factor=fields["upscaling_resize"],
            width=fields["upscaling_resize_w"],
            height=fields["upscaling_resize_h"],
            crop=fields["upscaling_crop"],
            upscaler_1=fields["upscaler_1"],
            upscaler_2=fields["upscaler_2"],
            upscaler_2_visibility=fields["extras_upscaler_2_visibility"],
        )
    }
    if fields["gfpgan_visibility"] > 0:
        operations[GFPGAN.name] = FaceValues(fields["gfpgan_visibility"])
    if fields["codeformer_visibility"] > 0:
        operations[CODEFORMER.name] = FaceValues(fields["codeformer_visibility"], fields["codeformer_weight"])
    return operations
