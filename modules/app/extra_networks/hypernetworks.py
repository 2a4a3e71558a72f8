"""The page of hypernetworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from modules.app.extra_networks.item import Insertion, Item
from modules.app.extra_networks.page import ExtraNetworksPage, Surroundings
from modules.networks.files_beside import FolderNames
from modules.networks.hypernetwork_catalog import HypernetworkCatalog

TAG = "hypernet"


class HypernetworksPage(ExtraNetworksPage):
    """All that are listed; a click puts `<hypernet:name:1>` into the prompt."""

    def __init__(
        self, catalog: HypernetworkCatalog, around: Surroundings, formats: Callable[[], Sequence[str]]
    ) -> None:
        super().__init__("Hypernetworks")
        self._catalog = catalog
        self._around = around
        self._formats = formats

    def refresh(self) -> None:
        """Look for files again."""
        self._catalog.refresh()

    def folders(self) -> Sequence[Path]:
        """Return the folder of hypernetworks."""
        return (self._catalog.folder,)

    def list_items(self) -> Iterator[Item]:
        """Yield the hypernetworks."""
        folders, formats = FolderNames(), self._formats()
        for network in self._catalog.list():
            item = self._around.item(
                network.path,
                self.folders(),
                folders,
                formats,
                name=network.name,
                insertion=Insertion(network.name, TAG),
                metadata={},
            )
            if item is not None:
                yield item
