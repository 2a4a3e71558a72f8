"""Working on pictures that are there: the Extras tab's operations, and what restores faces."""

from __future__ import annotations

import html
from collections.abc import Sequence

from fastapi import APIRouter

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp, TheWaitingRoom
from modules.api.extras_schemas import (
    ExtrasBatchRequest,
    ExtrasBatchResponse,
    ExtrasFields,
    ExtrasSingleRequest,
    ExtrasSingleResponse,
    FaceRestorerItem,
    InterrogateRequest,
    InterrogateResponse,
    RealEsrganItem,
)
from modules.api.images import check_format, decode_image, encode
from modules.app.app import App
from modules.app.extras import ExtrasRequest, Source, run_extras
from modules.app.interrogate import interrogate, require_model
from modules.core.errors import UnknownNameError
from modules.enhance.extras.operations import operations_of_api
from modules.enhance.faces.restorers import FACE_RESTORERS
from modules.enhance.upscaler_kinds import KNOWN_UPSCALERS
from modules.generation.result import Result
from modules.plugins.postprocessing import start_values

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["extras"])


@router.post("/extra-single-image")
async def extra_single_image(
    body: ExtrasSingleRequest, app: TheApp, waiting_room: TheWaitingRoom
) -> ExtrasSingleResponse:
    """Enlarge a picture and restore its faces. Nothing is saved."""

    def work() -> ExtrasSingleResponse:
        result = work_on(app, body, [Source(decode_image(body.image, app.settings()))])
        images = pictures(app, result)
        return ExtrasSingleResponse(html_info=info_html(result), image=images[0] if images else "")

    return await waiting_room.run(work)


@router.post("/extra-batch-images")
async def extra_batch_images(
    body: ExtrasBatchRequest, app: TheApp, waiting_room: TheWaitingRoom
) -> ExtrasBatchResponse:
    """Enlarge pictures and restore their faces. Nothing is saved."""

    def work() -> ExtrasBatchResponse:
        sources = [Source(decode_image(file.data, app.settings()), file.name) for file in body.image_list]
        result = work_on(app, body, sources)
        return ExtrasBatchResponse(html_info=info_html(result), images=pictures(app, result))

    return await waiting_room.run(work)


def work_on(app: App, body: ExtrasFields, sources: Sequence[Source]) -> Result:
    """Do a job in this thread."""
    check_format(app.settings())
    app.script_runner("txt2img")  # by now the scripts have their controls
    operations = operations_of_api(body.model_dump()) | start_values()
    return run_extras(app, sources, ExtrasRequest(operations, keeps_alpha=False, saves=False))


def pictures(app: App, result: Result) -> list[str]:
    """Return the pictures of a job in base64."""
    settings = app.settings()
    return [encode(picture.image, settings) for picture in result.images]


def info_html(result: Result) -> str:
    """Return what was done, as a paragraph."""
    return f"<p>{html.escape(result.info['html_info'])}</p>"


@router.post("/interrogate")
async def interrogate_picture(
    body: InterrogateRequest, app: TheApp, waiting_room: TheWaitingRoom
) -> InterrogateResponse:
    """Describe a picture in words."""

    def work() -> InterrogateResponse:
        if not body.image:
            raise UnknownNameError("Image not found")
        require_model(body.model)
        words, _comments = interrogate(app, decode_image(body.image, app.settings()), body.model)
        return InterrogateResponse(caption=words)

    return await waiting_room.run(work)


@router.get("/realesrgan-models")
async def realesrgan_models() -> list[RealEsrganItem]:
    """List the Real-ESRGAN models that are fetched when first used; a setting says which of them menus show."""
    return [
        RealEsrganItem(name=known.name, path=known.remote.url, scale=known.scale)
        for known in KNOWN_UPSCALERS
        if known.kind == "RealESRGAN"
    ]


@router.get("/face-restorers")
async def face_restorers() -> list[FaceRestorerItem]:
    """List what restores faces."""
    return [FaceRestorerItem(name=restorer.name, cmd_dir=None) for restorer in FACE_RESTORERS]
