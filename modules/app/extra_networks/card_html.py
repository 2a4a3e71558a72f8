"""A network as a card: HTML with the classes that A1111's scripts and style sheets know. All texts are inert."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import nh3

from modules.app.extra_networks.extension_items import thumbnail_url
from modules.app.extra_networks.item import Item
from modules.app.extra_networks.page import ExtraNetworksPage

FORMATTING = {
    *("a", "b", "strong", "i", "em", "u", "s", "del", "code", "kbd", "sub", "sup", "small", "mark"),
    *("p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "span", "div"),
    *("table", "thead", "tbody", "tr", "td", "th"),
}
"""What a description may hold if it is HTML."""


def card_html(page: ExtraNetworksPage, item: Item, *, description_is_html: bool = False) -> str:
    """Return the card of a network."""
    name = html.escape(item.name)
    return (
        f'<div class="card{"" if has_picture(item) else " without-preview"}" {_attributes(item)}>'
        f"{_picture(page, item)}"
        f'<button type="button" class="card-main" aria-label="{name}"></button>'
        f'<div class="button-row">{_buttons(item)}</div>'
        '<div class="actions">'
        f'<div class="additional"><span class="search_terms hidden">{html.escape(item.place)}</span></div>'
        f'<span class="name">{name}</span>'
        f'<span class="description">{description_html(item.description, is_html=description_is_html)}</span>'
        "</div></div>"
    )


def description_html(text: str, *, is_html: bool) -> str:
    """Return a description for a card: as it was written, or as far as it only formats text."""
    if not is_html:
        return html.escape(text)
    return nh3.clean(text, tags=FORMATTING, attributes={"a": {"href"}}, url_schemes={"http", "https"})


def has_picture(item: Item) -> bool:
    """Say whether there is a picture for the card."""
    return bool(item.preview or item.has_cover or item.preview_url)


def picture_url(page: ExtraNetworksPage, item: Item) -> str:
    """Return the address of a card's picture, or nothing; it changes when the picture does."""
    if item.preview is not None:
        try:
            return thumbnail_url(item.preview, item.preview.stat().st_mtime)
        except OSError:  # it has just gone
            return ""
    if item.has_cover:
        return cover_url(page, item)
    return item.preview_url


def cover_url(page: ExtraNetworksPage, item: Item, index: int = 0) -> str:
    """Return the address of a picture inside a network's file."""
    query = "&".join(
        f"{key}={_quoted(value)}"
        for key, value in {"page": page.name, "item": item.name, "index": index, "mtime": item.modified}.items()
    )
    return f"./sd_extra_networks/cover-images?{query}"


def _quoted(value: object) -> str:
    return quote(str(value), safe="")


def _picture(page: ExtraNetworksPage, item: Item) -> str:
    url = picture_url(page, item)
    if not url:
        return ""
    return f'<img class="preview" src="{html.escape(url)}" alt="" loading="lazy" decoding="async" draggable="false">'


def _attributes(item: Item) -> str:
    attributes = {
        "data-name": item.name,
        "data-sort-path": item.place.casefold(),
        "data-sort-name": item.name.casefold(),
        "data-sort-date_created": f"{item.created:.3f}",
        "data-sort-date_modified": f"{item.modified:.3f}",
    }
    if item.insertion is not None:
        attributes["data-insert"] = json.dumps(item.insertion.as_data(), ensure_ascii=False)
    if item.checkpoint:
        attributes["data-checkpoint"] = item.checkpoint
    if item.onclick:
        attributes["onclick"] = item.onclick.removeprefix('"').removesuffix('"')
    return " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())


def _buttons(item: Item) -> str:
    kinds = [("copy-path-button", "Copy the path of the file")]
    if item.metadata:
        kinds.append(("metadata-button", "What the file says about itself"))
    kinds.append(("edit-button", "Edit description and preview"))
    return "".join(
        f'<button type="button" class="{kind} card-button" title="{title}" aria-label="{title}"></button>'
        for kind, title in kinds
    )
