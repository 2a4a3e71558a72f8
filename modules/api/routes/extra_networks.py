"""The cards of extra networks: what is on a page, its pictures, and what people write about a network.

Files are named by the network they belong to. No other file is ever looked at.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse, Response

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp
from modules.api.extra_networks_schemas import (
    NetworkCard,
    NetworkCards,
    NetworkDetails,
    NetworkField,
    NetworkMetadata,
    PageRequest,
    SaveDetailsRequest,
    SavePreviewRequest,
    SingleCard,
)
from modules.api.images import decode_file, open_image
from modules.app.app import App
from modules.app.extra_networks.card_html import card_html, picture_url
from modules.app.extra_networks.details import facts, metadata_text, save_details, save_preview, written
from modules.app.extra_networks.item import Item
from modules.app.extra_networks.page import ExtraNetworksPage
from modules.app.extra_networks.thumbnails import MEDIA_TYPE, small
from modules.app.extra_networks_options import DESCRIPTION_IS_HTML
from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError, InputError, UnknownNameError
from modules.imaging.formats import find_format
from modules.networks.cover_images import read_cover_images

router = APIRouter(route_class=StrictRoute, tags=["page"])

A1111 = "/sd_extra_networks"
OURS = "/internal/extra-networks"

KEPT = {"Cache-Control": "private, max-age=604800", "X-Content-Type-Options": "nosniff"}
"""Addresses of pictures change when the pictures do."""


@router.get(f"{OURS}/cards")
def cards(page: str, app: TheApp) -> NetworkCards:
    """List what is on a page."""
    return cards_of(app, app.network_pages.page(page))


@router.post(f"{OURS}/refresh")
def refresh(body: PageRequest, app: TheApp) -> NetworkCards:
    """Look for files again and list what is on a page."""
    page = app.network_pages.page(body.page)
    page.refresh()
    return cards_of(app, page)


def cards_of(app: App, page: ExtraNetworksPage) -> NetworkCards:
    """Return the cards of a page."""
    listed = [
        NetworkCard(
            name=item.name,
            place=item.place,
            search=item.search_text,
            hidden=item.is_hidden,
            created=item.created,
            modified=item.modified,
            html=html_of(app, page, item),
        )
        for item in app.network_pages.listing(page).items.values()
    ]
    folders = [] if app.flags.hide_ui_dir_config else [str(folder) for folder in page.folders()]
    return NetworkCards(cards=listed, notes=page.notes(), folders=folders)


def html_of(app: App, page: ExtraNetworksPage, item: Item) -> str:
    """Return a card as the settings want it."""
    return card_html(page, item, description_is_html=app.options[DESCRIPTION_IS_HTML])


@router.get(f"{OURS}/details")
def details(page: str, item: str, app: TheApp) -> NetworkDetails:
    """Return what the editor of a network shows."""
    of = app.network_pages.page(page)
    return details_of(app, of, app.network_pages.item(of, item))


def details_of(app: App, page: ExtraNetworksPage, item: Item) -> NetworkDetails:
    """Return what there is to know of a network."""
    return NetworkDetails(
        name=item.name,
        title=page.title,
        path=None if app.flags.hide_ui_dir_config else printable(str(item.filename)),
        preview=picture_url(page, item),
        facts=list(facts(page, item)),
        fields=[
            NetworkField(
                key=field.key,
                label=field.label,
                kind=field.kind,
                choices=list(field.choices),
                value=written(field, item),
            )
            for field in page.editor_fields()
        ],
        tags=list(page.training_tags(item)),
    )


@router.post(f"{OURS}/details")
def change_details(body: SaveDetailsRequest, app: TheApp) -> SingleCard:
    """Write what a person changed into the JSON file beside a network; return its card."""
    page = app.network_pages.page(body.page)
    save_details(page, app.network_pages.item(page, body.item), body.values)
    return single(app, page, body.item)


@router.post(f"{OURS}/preview")
def change_preview(body: SavePreviewRequest, app: TheApp) -> SingleCard:
    """Make a picture the one of a network; return its card."""
    page = app.network_pages.page(body.page)
    item = app.network_pages.item(page, body.item)
    if body.image.startswith(("http:", "https:")):
        raise InputError("Send the picture itself, in base64.")
    settings = app.settings()
    save_preview(page, item, decode_file(body.image, settings), settings)
    return single(app, page, body.item)


def single(app: App, page: ExtraNetworksPage, name: str) -> SingleCard:
    """Return the card of one network as it is now."""
    return SingleCard(html=html_of(app, page, app.network_pages.item(page, name)))


# --- A1111's ---------------------------------------------------------------------------------------------------------


@router.get(f"{A1111}/get-single-card")
def get_single_card(page: str, name: str, app: TheApp, tabname: str = "") -> SingleCard:
    """Return the card of one network; it is the same in all tabs."""
    return single(app, app.network_pages.page(page), name)


@router.get(f"{A1111}/metadata", response_model_exclude_none=True)
def metadata(page: str, item: str, app: TheApp) -> NetworkMetadata:
    """Return what a network's file says about itself; nothing if there is no such network."""
    try:
        of = app.network_pages.page(page)
        found = app.network_pages.item(of, item)
    except UnknownNameError:
        return NetworkMetadata(metadata=None)
    return NetworkMetadata(metadata=metadata_text(found) if found.metadata else None)


@router.get(f"{A1111}/thumb", response_class=Response)
def thumb(filename: str, app: TheApp) -> Response:
    """Return a small copy of the preview picture of a listed network; 404 for any other file."""
    picture = app.network_pages.preview(filename)
    if picture is None:
        raise HTTPException(404, "File not found")
    try:
        file = app.network_pages.thumbnails.file(picture)
    except InputError as error:
        raise HTTPException(404, str(error)) from error
    kind = find_format(file.suffix)
    return FileResponse(file, media_type=kind.mime_type if kind else MEDIA_TYPE, headers=KEPT)


@router.get(f"{A1111}/cover-images", response_class=Response)
def cover_image(page: str, item: str, app: TheApp, index: int = 0) -> Response:
    """Return a small copy of a picture inside a network's file."""
    of = app.network_pages.page(page)
    found = app.network_pages.listing(of, anew=False).items.get(item)
    try:
        images = read_cover_images(found.filename) if found is not None else []
        data = small(open_image(images[index])) if 0 <= index < len(images) else b""
    except (CheckpointError, InputError) as error:
        raise HTTPException(404, str(error)) from error
    if not data:
        raise HTTPException(404, "There is no such picture.")
    return Response(data, media_type=MEDIA_TYPE, headers=KEPT)
