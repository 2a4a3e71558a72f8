"""One network as a page of extra networks lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHORT_HASH = 10


@dataclass(frozen=True)
class Insertion:
    """What a click on a card puts into a prompt, or takes out of it.

    Attributes:
        word: what stands there as it is; the name in a tag such as `<lora:name:1>` if there is a `kind`.
        weight: in the tag; None for that of the settings.
        text: behind the tag, such as the words that a LoRA was trained with.
        negative: for the negative prompt.
        is_expression: `word` and `negative` are JavaScript that makes the text, as in pages of A1111's extensions.
    """

    word: str
    kind: str = ""
    weight: float | None = None
    text: str = ""
    negative: str = ""
    is_expression: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return what the page's scripts get."""
        return {name: value for name, value in vars(self).items() if value not in ("", None, False)}


@dataclass(frozen=True)
class Item:
    """A network.

    Attributes:
        name: by which scripts and routes know it.
        filename: its file.
        place: where that is below the page's folder, such as `sub/x.safetensors`.
        insertion: what a click does to the prompts.
        checkpoint: the checkpoint that a click loads.
        preview: its picture beside it; a picture inside it counts only without one.
        has_cover: there is a picture inside it.
        preview_url: the address of a picture that an extension's page shows.
        metadata: what its file says about itself.
        user_metadata: what a person wrote about it.
        created, modified: seconds since 1970.
        onclick: JavaScript of an extension's page, in place of the click.
    """

    name: str
    filename: Path
    place: str
    shorthash: str = ""
    insertion: Insertion | None = None
    checkpoint: str = ""
    preview: Path | None = None
    has_cover: bool = False
    preview_url: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    user_metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    search_terms: tuple[str, ...] = ()
    created: float = 0.0
    modified: float = 0.0
    onclick: str = ""

    @property
    def is_hidden(self) -> bool:
        """It lies in a directory whose name begins with a dot."""
        return any(part.startswith(".") for part in self.place.split("/")[:-1])

    @property
    def search_text(self) -> str:
        """What a search looks through."""
        parts = (f"/{self.place}", self.name, self.shorthash, *self.search_terms, self.description)
        return "\n".join(dict.fromkeys(part for part in parts if part)).casefold()
