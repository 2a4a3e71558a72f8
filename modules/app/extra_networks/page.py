"""A page of extra networks: what is on it, and what a person may write about each network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from modules.app.extra_networks.item import Item
from modules.checkpoints.scan import printable
from modules.networks.cover_images import Remembered, has_cover, read_texts
from modules.networks.files_beside import FolderNames, NetworkNotes


@dataclass(frozen=True)
class EditorField:
    """What a person may write about a network; `key` is that of the JSON file beside it, as A1111 has it."""

    key: str
    label: str
    kind: Literal["text", "lines", "weight", "choice", "tags"] = "lines"
    choices: Sequence[str] = ()
    default: Any = ""


DESCRIPTION = EditorField("description", "Description")
NOTES = EditorField("notes", "Notes")


class ExtraNetworksPage:
    """Base of all pages, also of those of extensions, which override `refresh` and `list_items` as in A1111."""

    allow_prompt = True
    allow_negative_prompt = False
    preview_suffix = ".preview"
    """What stands before the ending of a picture that a person chooses."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.name = title.lower()
        self.items: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}

    @property
    def extra_networks_tabname(self) -> str:
        """What elem_ids call the page."""
        return self.name.replace(" ", "_")

    def refresh(self) -> None:
        """Look for files again."""

    def list_items(self) -> Iterable[Item | Mapping[str, Any]]:
        """Yield the networks: items, or mappings with A1111's keys."""
        return ()

    def create_item(self, name: str, index: int | None = None, enable_filter: bool = True) -> Any:
        """Return one network as it is now, or None if it is not there."""
        return next((item for item in self.list_items() if _name_of(item) == name), None)

    def allowed_directories_for_previews(self) -> list[str]:
        """Return the folders that pictures of an extension's page may come from."""
        return []

    # --- of our own ---

    def folders(self) -> Sequence[Path]:
        """Return the folders that people put files into."""
        return ()

    def notes(self) -> str:
        """Return a sentence on what is not listed, or nothing."""
        return ""

    def editor_fields(self) -> Sequence[EditorField]:
        """Return what a person may write about a network."""
        return (DESCRIPTION, NOTES)

    def file_facts(self, item: Item) -> Iterator[tuple[str, str]]:
        """Yield what there is to know of a network besides its file's name, size, hash and time."""
        yield from ()

    def training_tags(self, item: Item) -> Sequence[tuple[str, int]]:
        """Return the words that a network was trained with, and how often."""
        return ()


def _name_of(item: Item | Mapping[str, Any]) -> str:
    return item.name if isinstance(item, Item) else str(item.get("name", ""))


@dataclass(frozen=True)
class Surroundings:
    """Finds what all pages show of a file: kept over many listings, so that what has not changed is not read again."""

    notes: NetworkNotes = field(default_factory=NetworkNotes)
    texts: Remembered[Mapping[str, Any]] = field(default_factory=lambda: Remembered(read_texts, {}))
    covers: Remembered[bool] = field(default_factory=lambda: Remembered(has_cover, False))

    def item(
        self, path: Path, roots: Sequence[Path], folders: FolderNames, formats: Sequence[str], **more: Any
    ) -> Item | None:
        """Return a file as an item, or None if it has just gone.

        Args:
            path: the file.
            roots: the folders of the page.
            folders: of one pass over the page.
            formats: of pictures, besides the usual ones.
            more: fields of the item; `beside` if that is known.
        """
        try:
            found = path.stat()
        except OSError:
            return None
        beside = more.pop("beside", None) or self.notes.beside(path, folders, formats)
        fields = {
            "name": printable(path.stem),
            "place": place_of(path, roots),
            "preview": beside.preview,
            "has_cover": beside.preview is None and self.covers.of(path),
            "description": beside.description,
            "metadata": more["metadata"] if "metadata" in more else self.texts.of(path),
            "user_metadata": beside.metadata,
            "created": found.st_ctime,
            "modified": found.st_mtime,
        }
        return Item(filename=path, **{**fields, **more})


def place_of(path: Path, roots: Sequence[Path]) -> str:
    """Return where a file is below one of some folders; its name alone if it is elsewhere."""
    root = next((root for root in roots if path.is_relative_to(root)), path.parent)
    return printable(path.relative_to(root).as_posix())
