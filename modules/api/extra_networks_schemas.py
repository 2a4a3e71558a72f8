"""Bodies of the routes of extra networks."""

from typing import Any

from pydantic import BaseModel, Field


class PageRequest(BaseModel):
    page: str = Field(description="Name of a page, such as lora.")


class NetworkCard(BaseModel):
    """A card and what it is found and sorted by."""

    name: str
    place: str = Field(description="Where the file is below the page's folder.")
    search: str = Field(description="All that a search looks through, in small letters.")
    hidden: bool = Field(description="The file lies in a hidden directory.")
    created: float
    modified: float
    html: str


class NetworkCards(BaseModel):
    cards: list[NetworkCard]
    notes: str = Field(description="What is not listed, in a sentence; empty if all is.")
    folders: list[str] = Field(description="Where files are put.")


class NetworkMetadata(BaseModel):
    metadata: str | None = Field(None, description="JSON to be read.")


class SingleCard(BaseModel):
    html: str


class NetworkField(BaseModel):
    """What a person may write about a network."""

    key: str
    label: str
    kind: str
    choices: list[str]
    value: Any


class NetworkDetails(BaseModel):
    name: str
    title: str
    path: str | None = Field(description="Of the file; null with --hide-ui-dir-config.")
    preview: str = Field(description="Address of its picture; empty if it has none.")
    facts: list[tuple[str, str]]
    fields: list[NetworkField]
    tags: list[tuple[str, int]] = Field(description="Words it was trained with, and how often.")


class SaveDetailsRequest(PageRequest):
    item: str
    values: dict[str, Any] = Field(description="By key; other keys of the file stay as they are.")


class SavePreviewRequest(PageRequest):
    item: str
    image: str = Field(description="A picture file in base64.")
