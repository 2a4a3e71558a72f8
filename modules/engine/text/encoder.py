"""Prompts to conditioning: texts by step, chunks through CLIP's text encoder, weights on its output, clip skip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from modules.core.errors import InputError
from modules.engine.model import DiffusionModel
from modules.engine.text.chunks import CHUNK_LENGTH, Chunk, empty_chunk
from modules.engine.text.composition import split_composition
from modules.engine.text.embeddings import embeddings_in_place
from modules.engine.text.reading import TextSettings, read_chunks
from modules.engine.text.schedule import Timeline, schedule_prompt
from modules.engine.text.tokenizer import END_TOKEN
from modules.engine.types import ComposedConditioning, Conditioning, ScheduledPrompt

ROWS_OF_CHUNK = CHUNK_LENGTH + 2
CHUNKS_AT_ONCE = 32
MOST_CHUNKS = 1024
"""Of all stages or all parts of a prompt; their embeddings take 240 MB for the width 768."""


def encode_prompts(
    model: DiffusionModel,
    prompts: Sequence[str],
    steps: int,
    settings: TextSettings,
    *,
    first_pass_steps: int | None = None,
) -> Conditioning:
    """Encode one prompt for each image of a batch, over the steps. AND is an ordinary word here.

    Args:
        model: its text encoder.
        prompts: with scheduling and attention, without network tags.
        steps: calls of the model that prompts are scheduled over: twice the steps for a second-order sampler.
        settings: how they are read.
        first_pass_steps: see `Timeline`.

    Raises:
        InputError: a prompt nested too deep or too long.
    """
    timeline = Timeline(steps, first_pass_steps, settings.old_scheduling)
    encoded = {prompt: _encode_prompt(model, prompt, timeline, settings) for prompt in dict.fromkeys(prompts)}
    return Conditioning(tuple(encoded[prompt] for prompt in prompts))


def encode_composed(
    model: DiffusionModel,
    prompts: Sequence[str],
    steps: int,
    settings: TextSettings,
    *,
    first_pass_steps: int | None = None,
) -> ComposedConditioning:
    """Encode one prompt for each image of a batch, over the steps, each split at AND; see `encode_prompts`.

    Raises:
        InputError: a prompt nested too deep or too long.
    """
    images = [split_composition(prompt) for prompt in prompts]
    texts = [part.text for parts in images for part in parts]
    most_parts = max(map(len, images))
    _check_size(most_parts)
    conditioning = encode_prompts(model, texts, steps, settings, first_pass_steps=first_pass_steps)
    _check_size(most_parts, conditioning.length // ROWS_OF_CHUNK)
    return ComposedConditioning(conditioning, tuple(tuple(part.weight for part in parts) for parts in images))


def _check_size(texts: int, chunks: int = 1) -> None:
    if texts > 1 and texts * chunks > MOST_CHUNKS:
        raise InputError(
            f"The prompt stands for {texts} texts of up to {chunks * CHUNK_LENGTH:,} tokens, too many to encode; "
            "shorten it, join fewer parts by AND, or use fewer steps."
        )


def _encode_prompt(model: DiffusionModel, prompt: str, timeline: Timeline, settings: TextSettings) -> ScheduledPrompt:
    stages = schedule_prompt(prompt, timeline)
    times = Counter(stage.text for stage in stages)
    rows = {text: row for row, text in enumerate(times)}
    embeddings = encode_texts(model, list(times), settings, times=list(times.values()))
    return ScheduledPrompt(tuple((stage.last_step, rows[stage.text]) for stage in stages), embeddings)


def encode_texts(
    model: DiffusionModel, texts: Sequence[str], settings: TextSettings, *, times: Sequence[int] | None = None
) -> Tensor:
    """Encode different texts that belong together: the stages of one scheduled prompt.

    Args:
        model: its text encoder and embeddings.
        texts: with attention.
        settings: how they are read.
        times: how many stages have each text, once if not given. It matters to the emphasis "Original", which keeps
            the mean over all stages.

    Returns:
        (texts, 77 * chunks, width) float32; shorter texts are filled up with empty chunks.

    Raises:
        InputError: a text nested too deep or texts too long.
    """
    times = [1] * len(texts) if times is None else times

    def encode() -> Tensor:
        columns = _chunk_columns(model, texts, settings)
        counts = torch.tensor(times, dtype=torch.float32, device=model.device)
        with model.memory.use("text_encoder"):
            return torch.cat([_encode_chunks(model, column, counts, settings) for column in columns], dim=1)

    key = (tuple(texts), tuple(times), settings, model.embeddings, model.networks.on_text_encoder)
    return model.encodings.get(key, encode) if settings.keeps_encodings else encode()


def _chunk_columns(model: DiffusionModel, texts: Sequence[str], settings: TextSettings) -> list[list[Chunk]]:
    """Return the first chunk of each text, the second of each, ..."""
    chunked = [read_chunks(text, settings, model.embeddings).chunks for text in texts]
    longest = max(map(len, chunked))
    _check_size(len(texts), longest)
    return [[chunks[i] if i < len(chunks) else empty_chunk() for chunks in chunked] for i in range(longest)]


@torch.inference_mode()
def _encode_chunks(model: DiffusionModel, chunks: Sequence[Chunk], times: Tensor, settings: TextSettings) -> Tensor:
    """Return the weighted hidden states (chunks, 77, width) float32."""
    slices = [chunks[start : start + CHUNKS_AT_ONCE] for start in range(0, len(chunks), CHUNKS_AT_ONCE)]
    hidden = torch.cat([_hidden_states(model, part, settings.clip_skip).float() for part in slices])
    weights = torch.tensor([chunk.weights for chunk in chunks], device=model.device)
    return EMPHASIS[settings.emphasis](hidden, weights.unsqueeze(-1), times)


def _hidden_states(model: DiffusionModel, chunks: Sequence[Chunk], clip_skip: int) -> Tensor:
    """Return the states (chunks, 77, width) of the `clip_skip`-th layer from the end, normalised.

    OpenCLIP's encoder has no clip skip.
    """
    encoder = model.text_encoder
    tokens = torch.tensor([chunk.tokens for chunk in chunks], device=model.device)
    if model.uses_open_clip:
        tokens = without_padding(tokens)
    with embeddings_in_place(encoder.get_input_embeddings(), [chunk.embeddings for chunk in chunks]):
        if clip_skip <= 1 or model.uses_open_clip:
            return encoder(input_ids=tokens).last_hidden_state
        states = encoder(input_ids=tokens, output_hidden_states=True).hidden_states
        return encoder.final_layer_norm(states[-min(clip_skip, len(states) - 1)])


def without_padding(tokens: Tensor) -> Tensor:
    """Return tokens (chunks, 77) with zeros after the first end token of each chunk (contract 5.3, "Chunking")."""
    ends = tokens == END_TOKEN
    return tokens.masked_fill(ends.cumsum(dim=1) - ends.long() > 0, 0)


def _weighted_with_mean_kept(hidden: Tensor, weights: Tensor, times: Tensor) -> Tensor:
    """A1111's "Original": multiply, then scale so that the mean over the whole batch is what it was."""
    weighted = hidden * weights
    before, after = _mean(hidden, times), _mean(weighted, times)
    return weighted * (before / after) if after != 0 else weighted


def _mean(hidden: Tensor, times: Tensor) -> Tensor:
    """Return the mean of a batch that has each row as many times."""
    return (hidden.mean(dim=(1, 2)) * times).sum() / times.sum()


Emphasis = Callable[[Tensor, Tensor, Tensor], Tensor]

EMPHASIS: dict[str, Emphasis] = {
    "Original": _weighted_with_mean_kept,
    "No norm": lambda hidden, weights, _times: hidden * weights,
    "Ignore": lambda hidden, _weights, _times: hidden,
    "None": lambda hidden, _weights, _times: hidden,
}
"""Emphasis mode to f(hidden states (B, 77, width), weights (B, 77, 1), times (B,)) -> hidden states."""
