"""The page of checkpoints: a click loads one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from modules.app.extra_networks.item import Item
from modules.app.extra_networks.page import DESCRIPTION, NOTES, EditorField, ExtraNetworksPage, Surroundings
from modules.checkpoints.catalog import CheckpointCatalog
from modules.networks.files_beside import FolderNames


class CheckpointsPage(ExtraNetworksPage):
    """All that are listed."""

    allow_prompt = False
    preview_suffix = ""

    def __init__(
        self,
        catalog: CheckpointCatalog,
        folders: Sequence[Path],
        around: Surroundings,
        formats: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__("Checkpoints")
        self._catalog = catalog
        self._folders = folders
        self._around = around
        self._formats = formats

    def refresh(self) -> None:
        """Look for files again."""
        self._catalog.refresh()

    def folders(self) -> Sequence[Path]:
        """Return the folders of checkpoints."""
        return self._folders

    def list_items(self) -> Iterator[Item]:
        """Yield the checkpoints. Two with the same name in different folders go by their whole names."""
        folders, formats = FolderNames(), self._formats()
        listed = self._catalog.all()
        times = Counter(info.name_for_extra for info in listed)
        for info in listed:
            item = self._around.item(
                info.filename,
                self._folders,
                folders,
                formats,
                name=info.name_for_extra if times[info.name_for_extra] == 1 else info.name,
                shorthash=info.short_hash or "",
                checkpoint=info.name,
                search_terms=(info.sha256 or "",),
            )
            if item is not None:
                yield item

    def editor_fields(self) -> Sequence[EditorField]:
        """Return the usual ones, and the VAE that a checkpoint is used with."""
        return (
            DESCRIPTION,
            EditorField("vae", "Preferred VAE (a note: this version does not choose VAEs)", "text"),
            NOTES,
        )
