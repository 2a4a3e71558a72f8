"""The order of the page's tabs, and which of them are left out."""

from __future__ import annotations

from collections.abc import Sequence

from modules.frontend.fields import Tab


def arrange_tabs(tabs: Sequence[Tab], order: Sequence[str], hidden: Sequence[str]) -> tuple[list[Tab], set[str]]:
    """Return the tabs as they are laid out, and the titles of those that are not seen.

    The first of them is the one the page opens with, so those that are not seen come last. They are part of the page
    all the same, since other tabs send pictures to them. A page without any tab is no page: then all are seen.

    Args:
        tabs: in their usual order.
        order: titles of those that come first; what is no tab is passed over.
        hidden: titles of those that are not seen.
    """
    unseen = {tab.title for tab in tabs if tab.title in hidden}
    if len(unseen) == len(tabs):
        unseen = set()
    places = {title: place for place, title in reversed([*enumerate(order)])}
    by_place = sorted(tabs, key=lambda tab: (tab.title in unseen, places.get(tab.title, len(order))))
    return by_place, unseen
