"""How the texts of a job are read: settings, and a text as chunks by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text.chunks import ChunkedPrompt, split_into_chunks
from modules.engine.text.composition import split_composition
from modules.engine.text.old_emphasis import old_chunk
from modules.engine.text.schedule import Timeline, schedule_prompt
from modules.engine.text.tokenizer import default_tokenizer


@dataclass(frozen=True)
class TextSettings:
    """How prompts are read.

    Attributes:
        emphasis: Original, No norm, Ignore or None.
        clip_skip: 1 takes the last layer of the text encoder, 2 the one before, ...
        comma_backtrack: see `split_into_chunks`.
        old_scheduling: see `Timeline.old_rule`.
        old_emphasis: see `old_chunk`.
        keeps_encodings: take what an earlier job encoded.
    """

    emphasis: str = "Original"
    clip_skip: int = 1
    comma_backtrack: int = 20
    old_scheduling: bool = False
    old_emphasis: bool = False
    keeps_encodings: bool = True


def read_chunks(text: str, settings: TextSettings, embeddings: EmbeddingIndex | None = None) -> ChunkedPrompt:
    """Return a text, with attention but without schedules, as chunks.

    Raises:
        InputError: brackets nested too deep.
    """
    if settings.old_emphasis:
        return old_chunk(text, default_tokenizer(), embeddings)
    return split_into_chunks(
        text,
        default_tokenizer(),
        comma_backtrack=settings.comma_backtrack,
        parse_emphasis=settings.emphasis != "None",
        embeddings=embeddings,
    )


def longest_text(
    prompt: str,
    steps: int,
    settings: TextSettings,
    *,
    is_negative: bool = False,
    embeddings: EmbeddingIndex | None = None,
) -> ChunkedPrompt:
    """Return the longest of all texts that a prompt stands for, over its steps and its parts joined by AND.

    Args:
        prompt: without network tags and comments.
        steps: what its schedules are laid out over.
        settings: how it is read.
        is_negative: AND has no meaning in a negative prompt.
        embeddings: see `split_into_chunks`.

    Raises:
        InputError: brackets nested too deep or texts too long in all.
    """
    texts = _texts(prompt, Timeline(steps, old_rule=settings.old_scheduling), is_negative)
    chunked = (read_chunks(text, settings, embeddings) for text in texts)
    return max(chunked, key=lambda chunked: (len(chunked.chunks), chunked.token_count))


def embeddings_in(
    prompt: str, timeline: Timeline, settings: TextSettings, embeddings: EmbeddingIndex, *, is_negative: bool = False
) -> Iterable[Embedding]:
    """Return the embeddings that a prompt uses over its steps, in the order of their first use; see `longest_text`.

    Raises:
        InputError: brackets nested too deep or texts too long in all.
    """
    chunks = (
        chunk
        for text in _texts(prompt, timeline, is_negative)
        for chunk in read_chunks(text, settings, embeddings).chunks
    )
    return dict.fromkeys(placed.embedding for chunk in chunks for placed in chunk.embeddings)


def _texts(prompt: str, timeline: Timeline, is_negative: bool) -> Iterable[str]:
    """Return the different texts that a prompt stands for."""
    parts = [prompt] if is_negative else [part.text for part in split_composition(prompt)]
    return dict.fromkeys(stage.text for part in dict.fromkeys(parts) for stage in schedule_prompt(part, timeline))
