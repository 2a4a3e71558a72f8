"""Legacy name: pages of extra networks. The code is in `modules/app/extra_networks/`."""

import json as _json
from pathlib import Path as _Path
from typing import Any as _Any

from modules.app.current import current_app as _current_app
from modules.app.extra_networks.extension_items import thumbnail_url as _thumbnail_url
from modules.app.extra_networks.page import ExtraNetworksPage as _Page
from modules.networks.files_beside import FolderNames as _FolderNames
from modules.networks.files_beside import NetworkNotes as _NetworkNotes


class ExtraNetworksPage(_Page):
    """Base of pages of extensions, with what A1111's has."""

    def find_preview(self, path: str) -> str | None:
        """Return the address of the picture beside a file named without its ending, or None."""
        found = _beside(path).preview
        return self.link_preview(str(found)) if found else None

    def find_description(self, path: str) -> str | None:
        """Return the description beside a file named without its ending, or None."""
        return _beside(path).description or None

    def link_preview(self, filename: str) -> str:
        """Return the address of a picture."""
        path = _Path(filename)
        return _thumbnail_url(path, path.stat().st_mtime if path.exists() else 0)

    def get_sort_keys(self, path: str) -> dict[str, _Any]:
        """Return what cards are sorted by."""
        found = _Path(path).stat()
        name = _Path(path).stem.lower()
        return {"date_created": int(found.st_ctime), "date_modified": int(found.st_mtime), "name": name, "path": path}

    def search_terms_from_path(self, filename: str, possible_directories: list[str] | None = None) -> str:
        """Return where a file is below one of the folders that pictures come from."""
        path = _Path(filename).absolute()
        folders = [
            _Path(folder).absolute() for folder in possible_directories or self.allowed_directories_for_previews()
        ]
        root = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return f"/{path.relative_to(root).as_posix()}" if root else path.name


def register_page(page: _Any) -> None:
    """Add a page of extra networks, to be called before the page is built."""
    _current_app().network_pages.register(page)


def quote_js(text: str) -> str:
    """Return a text as JavaScript."""
    return _json.dumps(text)


def _beside(path: str) -> _Any:
    return _NetworkNotes().beside(_Path(f"{path}.safetensors"), _FolderNames())
