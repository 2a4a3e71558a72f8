"""Bodies of the routes about prompts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from modules.generation.request import LONGEST_PROMPT


class EmbeddingItem(BaseModel):
    """A textual inversion."""

    step: int | None = Field(description="How long it was trained, if the file says so.")
    sd_checkpoint: str | None
    sd_checkpoint_name: str | None
    shape: int = Field(description="The width of its vectors.")
    vectors: int = Field(description="How many tokens it takes the place of.")


class SkippedEmbeddingItem(EmbeddingItem):
    """A file that cannot be used, and why. One that cannot be read has no width and no vectors."""

    reason: str


class EmbeddingsResponse(BaseModel):
    """Textual inversions by name: those for the present checkpoint, and the others."""

    loaded: dict[str, EmbeddingItem]
    skipped: dict[str, SkippedEmbeddingItem]


class LoraItem(BaseModel):
    """A LoRA's file."""

    name: str
    alias: str = Field(description="The name that its trainer gave it; its own if there is none.")
    path: str
    metadata: dict[str, Any] = Field(description="What its trainer wrote into it, without pictures.")


class HypernetworkItem(BaseModel):
    """A hypernetwork's file."""

    name: str
    path: str


class StyleItem(BaseModel):
    """A style."""

    name: str
    prompt: str
    negative_prompt: str


class ConvertPromptRequest(BaseModel):
    """A prompt in InvokeAI's language."""

    prompt: str = Field(max_length=LONGEST_PROMPT)


class ConvertPromptResponse(BaseModel):
    """The same in A1111's words."""

    prompt: str
    negative_prompt: str = Field(description="What stood in square brackets.")
    notes: list[str] = Field(description="What is only nearly the same.")
