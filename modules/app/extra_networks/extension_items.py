"""Networks as pages of A1111's extensions yield them: mappings with A1111's keys."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from modules.app.extra_networks.item import Insertion, Item
from modules.checkpoints.scan import printable
from modules.networks.files_beside import PICTURES

THUMBNAIL_ROUTE = "sd_extra_networks/thumb"


def thumbnail_url(path: Path, modified: float) -> str:
    """Return the address of a small copy of a picture, relative to the page."""
    return f"./{THUMBNAIL_ROUTE}?filename={quote(printable(str(path)), safe='/')}&mtime={modified}"


def item_from_mapping(entry: Mapping[str, Any], folders: Iterable[str]) -> tuple[Item, Path | None]:
    """Return an item, and the picture that its address names if that may be shown.

    Args:
        entry: as a page yields it.
        folders: from which pictures may come.

    Raises:
        KeyError: it has no name.
        TypeError, ValueError: a value that makes no sense.
    """
    name = str(entry["name"])
    filename = Path(str(entry.get("filename") or name))
    keys = entry.get("sort_keys") or {}
    url = str(entry.get("preview") or "")
    picture = _picture(url, folders)
    terms = entry.get("search_terms") or [entry.get("search_term") or ""]
    prompt = entry.get("prompt")
    item = Item(
        name=name,
        filename=filename,
        place=printable(filename.name),
        shorthash=str(entry.get("shorthash") or ""),
        insertion=Insertion(str(prompt), negative=str(entry.get("negative_prompt") or ""), is_expression=True)
        if prompt
        else None,
        preview_url=url if picture is not None or not url.lstrip("./").startswith(THUMBNAIL_ROUTE) else "",
        description=str(entry.get("description") or ""),
        metadata=entry.get("metadata") or {},
        user_metadata=entry.get("user_metadata") or {},
        search_terms=tuple(str(term) for term in terms if term),
        created=float(keys.get("date_created") or 0),
        modified=float(keys.get("date_modified") or 0),
        onclick=str(entry.get("onclick") or ""),
    )
    return item, picture


def _picture(url: str, folders: Iterable[str]) -> Path | None:
    """Return the file that an address of our route names, if it lies in one of the folders and is a picture."""
    names = parse_qs(urlsplit(url).query).get("filename", [])
    if not names or "\0" in names[0]:
        return None
    path = Path(os.path.abspath(names[0]))  # noqa: PTH100 - must not touch the disk
    roots = [Path(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100
    allowed = path.suffix.lower().lstrip(".") in PICTURES and any(path.is_relative_to(root) for root in roots)
    return path if allowed else None
