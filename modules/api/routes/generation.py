"""Making pictures."""

from __future__ import annotations

from fastapi import APIRouter
from PIL.Image import Image

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp, TheWaitingRoom
from modules.api.generation_requests import keep_overrides, read_request, read_scripts
from modules.api.images import check_format, encode
from modules.api.infotext_fields import fill_from_infotext
from modules.api.schemas import GenerationFields, GenerationResponse, Img2ImgBody, Txt2ImgBody
from modules.app.app import App
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.request import GenerationRequest, Txt2ImgRequest
from modules.generation.result import Result

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["generation"])


@router.post("/txt2img")
async def txt2img(body: Txt2ImgBody, app: TheApp, waiting_room: TheWaitingRoom) -> GenerationResponse:  # type: ignore[valid-type]
    """Make pictures from a prompt. The reply comes when they are done, after all jobs that were asked for before."""
    return await waiting_room.run(lambda: make_pictures(app, Txt2ImgRequest, body))


@router.post("/img2img")
async def img2img(body: Img2ImgBody, app: TheApp, waiting_room: TheWaitingRoom) -> GenerationResponse:  # type: ignore[valid-type]
    """Make pictures from pictures and a prompt; with a mask, repaint a part of them."""
    reply = await waiting_room.run(lambda: make_pictures(app, Img2ImgRequest, body))
    if not reply.parameters["include_init_images"]:
        reply.parameters.update(init_images=None, mask=None)
    return reply


def make_pictures(app: App, kind: type[GenerationRequest], body: GenerationFields) -> GenerationResponse:
    """Do a job in this thread."""
    body = fill_from_infotext(body, app)
    values = body.model_dump()
    scripts = read_scripts(app, kind, body)
    request = read_request(kind, body, app.settings())
    settings = app.settings(request.override_settings)
    check_format(settings)
    if values["override_settings_restore_afterwards"] is False:
        keep_overrides(app, request.override_settings)
    result = app.generate(request, values["force_task_id"] or None, scripts=scripts)
    pictures = [] if values["send_images"] is False else all_pictures(result)
    return GenerationResponse(
        images=[encode(picture, settings) for picture in pictures], parameters=values, info=result.info_json()
    )


def all_pictures(result: Result) -> list[Image]:
    """Return the pictures of a job, the grid first."""
    return [picture.image for picture in (*([result.grid] if result.grid else []), *result.images)]
