"""All pages of extra networks, and what they list now."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modules.app.extra_networks.extension_items import item_from_mapping
from modules.app.extra_networks.item import Item
from modules.app.extra_networks.page import ExtraNetworksPage
from modules.app.extra_networks.thumbnails import Thumbnails
from modules.checkpoints.scan import printable
from modules.core.errors import UnknownNameError
from modules.core.registry import shorten

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listing:
    """What a page lists: its items by name, and their pictures by the names of their files."""

    items: Mapping[str, Item]
    previews: Mapping[str, Path]


class NetworkPages:
    """The pages of the program and those of extensions. Safe with threads; listings never change."""

    def __init__(self, pages: Iterable[ExtraNetworksPage], thumbnails: Thumbnails) -> None:
        self.thumbnails = thumbnails
        self._lock = threading.Lock()
        self._pages = {page.name: page for page in pages}
        self._listings: dict[str, Listing] = {}

    def register(self, page: ExtraNetworksPage) -> None:
        """Add a page; one of the same name takes the place of the former."""
        with self._lock:
            self._pages[page.name] = page
            self._listings.pop(page.name, None)

    def all(self) -> list[ExtraNetworksPage]:
        """Return the pages, those of extensions last."""
        with self._lock:
            return list(self._pages.values())

    def ordered(self, order: str) -> list[ExtraNetworksPage]:
        """Return the pages in the order of a setting: parts of titles that come first, with commas between them."""
        wanted = [part for text in order.casefold().split(",") if (part := text.strip())]

        def place(page: ExtraNetworksPage) -> int:
            return next((i for i, part in enumerate(wanted) if part in page.name.casefold()), len(wanted))

        return sorted(self.all(), key=place)

    def page(self, name: str) -> ExtraNetworksPage:
        """Return a page by its name, or by what elem_ids call it.

        Raises:
            UnknownNameError: there is none.
        """
        for page in self.all():
            if name in (page.name, page.extra_networks_tabname):
                return page
        raise UnknownNameError(f"Page of extra networks not found: {shorten(name)!r}.")

    def listing(self, page: ExtraNetworksPage, *, anew: bool = True) -> Listing:
        """Return what a page lists.

        Args:
            page: one of the pages.
            anew: look again; else what was listed last is enough.
        """
        with self._lock:
            known = self._listings.get(page.name)
        if known is not None and not anew:
            return known
        listing = _listed(page)
        with self._lock:
            self._listings[page.name] = listing
        return listing

    def item(self, page: ExtraNetworksPage, name: str) -> Item:
        """Return one network as it is now.

        Raises:
            UnknownNameError: the page has none of that name.
        """
        found = self.listing(page).items.get(name)
        if found is None:
            raise UnknownNameError(f"{page.title} not found: {shorten(name)!r}. Refresh the page.")
        return found

    def preview(self, filename: str) -> Path | None:
        """Return a picture by the whole name of its file if it belongs to a listed network; no other is looked at."""
        for page in self.all():
            found = self.listing(page, anew=False).previews.get(filename)
            if found is not None:
                return found
        return None


def _listed(page: ExtraNetworksPage) -> Listing:
    items: dict[str, Item] = {}
    previews: dict[str, Path] = {}
    for entry in page.list_items():
        item = entry if isinstance(entry, Item) else _read(page, entry, previews)
        if item is None:
            continue
        name = item.name if item.name not in items else item.place
        items[name] = item if name == item.name else replace(item, name=name)
        if item.preview is not None:
            previews[printable(str(item.preview))] = item.preview
    return Listing(items, previews)


def _read(page: ExtraNetworksPage, entry: Mapping[str, Any] | None, previews: dict[str, Path]) -> Item | None:
    """Read an item of an extension's page; its pictures must lie in the folders that the page names."""
    if not entry:
        return None
    try:
        item, picture = item_from_mapping(entry, page.allowed_directories_for_previews())
    except (KeyError, TypeError, ValueError) as error:
        log.warning("The page %s has a network that cannot be shown: %s", page.title, error)
        return None
    if picture is not None:
        previews[printable(str(picture))] = picture
    return item
