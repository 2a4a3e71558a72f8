"""Making a picture again from its own parameters. Not in A1111."""

from __future__ import annotations

import base64
import math

from fastapi import APIRouter

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp, TheWaitingRoom
from modules.api.images import decode_file, open_image
from modules.api.verify_schemas import VerifyRequest, VerifyResponse
from modules.app.app import App
from modules.app.verify.repeat import verify
from modules.app.verify.verdict import Verdict
from modules.imaging.difference import difference_picture
from modules.imaging.metadata import encode_image

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["images"])


@router.post("/verify")
async def verify_picture(body: VerifyRequest, app: TheApp, waiting_room: TheWaitingRoom) -> VerifyResponse:
    """Make a picture again from its own parameters and say how far the two are apart. Nothing is saved."""
    return await waiting_room.run(lambda: verify_encoded(app, body.image))


def verify_encoded(app: App, image: str) -> VerifyResponse:
    """Do it in this thread.

    Raises:
        InputError: it is no picture.
    """
    file = decode_file(image, app.settings())
    open_image(file)
    return verify_response(verify(app, file))


def verify_response(verdict: Verdict) -> VerifyResponse:
    """Return a verdict as it is sent."""
    apart = verdict.difference
    sheet = difference_picture(verdict.theirs, verdict.ours) if verdict.theirs and verdict.ours else None
    return VerifyResponse(
        outcome=verdict.outcome,
        sentence=verdict.sentence,
        largest=apart.largest if apart else None,
        mean=apart.mean if apart else None,
        psnr=apart.psnr if apart and math.isfinite(apart.psnr) else None,
        assumed=list(verdict.assumed),
        difference=base64.b64encode(encode_image(sheet[0], "png")).decode() if sheet else None,
        amplified=sheet[1] if sheet else None,
    )
