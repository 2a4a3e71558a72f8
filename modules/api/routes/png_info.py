"""Reading the texts inside a picture."""

from __future__ import annotations

from fastapi import APIRouter

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp
from modules.api.images import decode_image
from modules.api.schemas import PngInfoRequest, PngInfoResponse
from modules.imaging.infotext import parse_infotext
from modules.imaging.metadata import PARAMETERS, read_infotext

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["images"])


@router.post("/png-info")
def png_info(body: PngInfoRequest, app: TheApp) -> PngInfoResponse:
    """Return the parameters in a picture, as text and parsed."""
    text = read_infotext(decode_image(body.image, app.settings()))
    items = {key: value for key, value in text.items.items() if key != PARAMETERS}
    parameters = parse_infotext(text.infotext) if text.infotext is not None else {}
    return PngInfoResponse(info=text.infotext or "", items=items, parameters=parameters)
