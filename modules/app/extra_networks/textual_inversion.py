"""The page of textual inversions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from modules.app.extra_networks.item import SHORT_HASH, Insertion, Item
from modules.app.extra_networks.page import ExtraNetworksPage, Surroundings
from modules.networks.embedding_catalog import EmbeddingCatalog, EmbeddingList
from modules.networks.embedding_file import EmbeddingFile
from modules.networks.files_beside import FolderNames


class TextualInversionPage(ExtraNetworksPage):
    """Those that the present model can use; a click puts the name into the prompt that was typed in last."""

    allow_negative_prompt = True

    def __init__(
        self,
        catalog: EmbeddingCatalog,
        folder: Path,
        listed: Callable[[], EmbeddingList],
        around: Surroundings,
        formats: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__("Textual Inversion")
        self._catalog = catalog
        self._folder = folder
        self._listed = listed
        self._around = around
        self._formats = formats

    def refresh(self) -> None:
        """Look for files again."""
        self._catalog.refresh()

    def folders(self) -> Sequence[Path]:
        """Return the folder of textual inversions."""
        return (self._folder,)

    def list_items(self) -> Iterator[Item]:
        """Yield those that fit the model."""
        folders, formats = FolderNames(), self._formats()
        for file in self._listed().loaded:
            item = self._around.item(
                file.path,
                self.folders(),
                folders,
                formats,
                name=file.name,
                shorthash=(file.sha256 or "")[:SHORT_HASH],
                insertion=Insertion(file.name),
                search_terms=(file.sha256 or "",),
                **_metadata(file),
            )
            if item is not None:
                yield item

    def notes(self) -> str:
        """Say how many files the present model cannot use."""
        count = len(self._listed().skipped)
        return f"Not shown: {count} that the present checkpoint cannot use." if count else ""

    def file_facts(self, item: Item) -> Iterator[tuple[str, str]]:
        """Yield what the file says about its training."""
        file = next((file for file in self._listed().loaded if file.path == item.filename), None)
        if file is None:
            return
        yield "Vectors", f"{file.length} of width {' + '.join(map(str, file.widths))}"
        if file.step is not None:
            yield "Training steps", str(file.step)
        if file.sd_checkpoint_name:
            yield "Trained on", file.sd_checkpoint_name


def _metadata(file: EmbeddingFile) -> dict[str, Any]:
    """Return what a file that is not safetensors says about itself, in place of the metadata of that format."""
    if file.path.suffix.lower() == ".safetensors":
        return {}
    said = {"step": file.step, "sd_checkpoint": file.sd_checkpoint, "sd_checkpoint_name": file.sd_checkpoint_name}
    return {"metadata": {key: str(value) for key, value in said.items() if value is not None}}
