"""Which textual inversions a job uses, and what is written of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from modules.core.options import Settings
from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text.network_tags import without_network_tags
from modules.engine.text.reading import embeddings_in
from modules.engine.text.schedule import Timeline
from modules.generation.options import TI_HASHES
from modules.generation.plan import Batch, Plan
from modules.generation.sampling import first_pass


def used_embeddings(plan: Plan, embeddings: EmbeddingIndex) -> tuple[Embedding, ...]:
    """Return those of all prompts of a job in the order of their first use, prompts before negative prompts.

    Raises:
        InputError: a prompt nested too deep or too long.
    """
    if not embeddings:
        return ()
    used: dict[Embedding, None] = {}
    for prompt, timeline, is_negative in dict.fromkeys(
        text for batch in plan.batches() for text in _texts(plan, batch)
    ):
        used |= dict.fromkeys(embeddings_in(prompt, timeline, plan.text, embeddings, is_negative=is_negative))
    return tuple(used)


def _texts(plan: Plan, batch: Batch) -> Iterator[tuple[str, Timeline, bool]]:
    old, calls = plan.text.old_scheduling, first_pass(plan, batch).calls
    first = Timeline(calls, old_rule=old)
    yield from ((without_network_tags(prompt), first, False) for prompt in batch.prompts)
    yield from ((prompt, first, True) for prompt in batch.negative_prompts)
    if plan.hires is not None:
        second = Timeline(plan.hires.steps * (2 if plan.hires.choice.sampler.second_order else 1), calls, old)
        yield from ((without_network_tags(prompt), second, False) for prompt in batch.hires_prompts)
        yield from ((prompt, second, True) for prompt in batch.hires_negative_prompts)


def embedding_parameters(used: Iterable[Embedding], settings: Settings) -> dict[str, Any]:
    """Return what the infotext says of them, as in `TI hashes: "word: 95af454cc072"`."""
    hashes = [f"{_without_separators(e.name)}: {e.short_hash}" for e in used if e.short_hash]
    return {"TI hashes": ", ".join(hashes)} if hashes and settings[TI_HASHES] else {}


def embedding_comments(used: Iterable[Embedding]) -> tuple[str, ...]:
    """Return what is said under the pictures."""
    names = ", ".join(embedding.name for embedding in used)
    return (f"Used embeddings: {names}",) if names else ()


def _without_separators(name: str) -> str:
    return name.replace(",", "").replace(":", "")
