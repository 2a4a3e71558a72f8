"""The page of LoRAs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.app.extra_networks.item import Insertion, Item
from modules.app.extra_networks.page import DESCRIPTION, NOTES, EditorField, ExtraNetworksPage, Surroundings
from modules.app.extra_networks_options import HIDE_UNKNOWN, SHOW_ALL
from modules.core.option_store import OptionStore
from modules.networks.files_beside import FolderNames
from modules.networks.lora_catalog import LoraCatalog, LoraOnDisk
from modules.networks.lora_metadata import UNKNOWN
from modules.networks.options import PREFERRED_NAME

TAG = "lora"
VERSION = "sd version"
ACTIVATION, WEIGHT, NEGATIVE = "activation text", "preferred weight", "negative text"
VERSIONS = ("SD1", "SD2", "SDXL")
LARGEST_WEIGHT = 100.0
MOST_TAGS = 300

FACTS: Mapping[str, str] = {
    "ss_output_name": "Name at training",
    "ss_sd_model_name": "Trained on",
    "ss_base_model_version": "Kind of model",
    "ss_clip_skip": "Clip skip",
    "ss_network_module": "Module",
    "ss_network_dim": "Rank",
    "ss_network_alpha": "Alpha",
    "ss_resolution": "Resolution",
    "ss_num_train_images": "Pictures",
    "ss_num_epochs": "Epochs",
    "ss_training_comment": "Comment",
    "modelspec.title": "Title",
    "modelspec.author": "Author",
    "modelspec.license": "Licence",
    "modelspec.trigger_phrase": "Trigger phrase",
}
"""What a trainer wrote that people want to know."""


class LorasPage(ExtraNetworksPage):
    """Those made for the kind of the present checkpoint, unless a setting wants all."""

    preview_suffix = ""

    def __init__(
        self,
        catalog: LoraCatalog,
        options: OptionStore,
        model_version: Callable[[], str],
        around: Surroundings,
        formats: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__("Lora")
        self._catalog = catalog
        self._options = options
        self._model_version = model_version
        self._around = around
        self._formats = formats
        self._left_out = 0

    def refresh(self) -> None:
        """Look for files again."""
        self._catalog.refresh()

    def folders(self) -> Sequence[Path]:
        """Return the folders of LoRAs."""
        return self._catalog.folders

    def list_items(self) -> Iterator[Item]:
        """Yield those that fit the checkpoint."""
        folders, formats = FolderNames(), self._formats()
        left_out = 0
        for lora in self._catalog.list():
            item = self._item(lora, folders, formats)
            if item is None:
                continue
            if self._fits(version_of(item, lora)):
                yield item
            else:
                left_out += 1
        self._left_out = left_out

    def _item(self, lora: LoraOnDisk, folders: FolderNames, formats: Sequence[str]) -> Item | None:
        beside = self._around.notes.beside(lora.path, folders, formats)
        preferred = self._catalog.prompt_name(lora, self._options[PREFERRED_NAME])
        return self._around.item(
            lora.path,
            self.folders(),
            folders,
            formats,
            beside=beside,
            name=lora.name,
            shorthash=lora.shorthash,
            metadata=lora.metadata,
            insertion=insertion(preferred, beside.metadata),
            search_terms=(lora.alias, lora.hash, *([lora.problem] if lora.problem else [])),
        )

    def _fits(self, version: str) -> bool:
        """Say whether a LoRA of some kind is of use with the present checkpoint, as far as both are known."""
        model = self._model_version()
        if self._options[SHOW_ALL] or model == UNKNOWN:
            return True
        return model not in self._options[HIDE_UNKNOWN] if version == UNKNOWN else version == model

    def notes(self) -> str:
        """Say how many are left out."""
        return f"Not shown: {self._left_out} made for another kind of checkpoint." if self._left_out else ""

    def editor_fields(self) -> Sequence[EditorField]:
        """Return what A1111 keeps of a LoRA."""
        return (
            DESCRIPTION,
            EditorField(VERSION, "Stable Diffusion version", "choice", (*VERSIONS, UNKNOWN), UNKNOWN),
            EditorField(ACTIVATION, "Activation text", "tags"),
            EditorField(WEIGHT, "Preferred weight", "weight", default=0.0),
            EditorField(NEGATIVE, "Negative prompt", "text"),
            NOTES,
        )

    def file_facts(self, item: Item) -> Iterator[tuple[str, str]]:
        """Yield what its trainer wrote."""
        lora = next((lora for lora in self._catalog.list() if lora.path == item.filename), None)
        if lora is not None:
            yield "Made for", version_of(item, lora)
            if lora.problem:
                yield "Problem", lora.problem
        for key, label in FACTS.items():
            value = item.metadata.get(key)
            if value not in (None, "", "None"):
                yield label, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def training_tags(self, item: Item) -> Sequence[tuple[str, int]]:
        """Return the words of the pictures that it was trained with, the most frequent first."""
        return training_tags(item.metadata.get("ss_tag_frequency"))


def version_of(item: Item, lora: LoraOnDisk) -> str:
    """Return the kind of model that a LoRA is for: as a person wrote, else as its file says."""
    written = item.user_metadata.get(VERSION)
    return written if isinstance(written, str) and written in VERSIONS else lora.sd_version


def insertion(name: str, notes: Mapping[str, Any]) -> Insertion:
    """Return what a click puts into the prompts, as a person's notes say."""
    weight = notes.get(WEIGHT)
    is_weight = isinstance(weight, int | float) and not isinstance(weight, bool) and 0 < weight <= LARGEST_WEIGHT
    return Insertion(
        name,
        TAG,
        float(weight) if is_weight else None,  # type: ignore[arg-type]
        str(notes.get(ACTIVATION) or "").strip(),
        str(notes.get(NEGATIVE) or "").strip(),
    )


def training_tags(frequency: object) -> list[tuple[str, int]]:
    """Return words with their counts from a trainer's table: folder -> word -> count."""
    counts: Counter[str] = Counter()
    for words in frequency.values() if isinstance(frequency, Mapping) else ():
        for word, count in words.items() if isinstance(words, Mapping) else ():
            if isinstance(count, int) and not isinstance(count, bool) and str(word).strip():
                counts[str(word).strip()] += count
    return counts.most_common(MOST_TAGS)
