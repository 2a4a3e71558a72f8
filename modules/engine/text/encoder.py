"""Prompts to conditioning: chunks through CLIP's text encoder, weights on its output, clip skip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.engine.model import DiffusionModel
from modules.engine.text.chunks import Chunk, empty_chunk, split_into_chunks
from modules.engine.text.embeddings import embeddings_in_place
from modules.engine.text.tokenizer import default_tokenizer
from modules.engine.types import Conditioning


@dataclass(frozen=True)
class TextSettings:
    """How prompts are read.

    Attributes:
        emphasis: Original, No norm, Ignore or None.
        clip_skip: 1 takes the last layer of the text encoder, 2 the one before, ...
        comma_backtrack: see `split_into_chunks`.
    """

    emphasis: str = "Original"
    clip_skip: int = 1
    comma_backtrack: int = 20


def encode_prompts(model: DiffusionModel, prompts: Sequence[str], steps: int, settings: TextSettings) -> Conditioning:
    """Encode one prompt for each image of a batch.

    Prompts of differing length are stretched to the longest by repeating their last row (contract 5.3).

    Raises:
        InputError: brackets nested too deep.
    """
    with model.memory.use("text_encoder"):
        encoded = {prompt: encode_texts(model, [prompt], settings) for prompt in dict.fromkeys(prompts)}
    longest = max(rows.shape[1] for rows in encoded.values())
    rows = torch.cat([_stretch(encoded[prompt], longest) for prompt in prompts])
    return Conditioning(((steps, rows),))


@torch.inference_mode()
def encode_texts(model: DiffusionModel, texts: Sequence[str], settings: TextSettings) -> Tensor:
    """Encode texts that belong together (the stages of one scheduled prompt).

    Returns:
        (texts, 77 * chunks, width) float32; shorter texts are filled up with empty chunks.
    """
    tokenizer = default_tokenizer()
    chunked = [
        split_into_chunks(
            text,
            tokenizer,
            comma_backtrack=settings.comma_backtrack,
            parse_emphasis=settings.emphasis != "None",
            embeddings=model.embeddings,
        ).chunks
        for text in texts
    ]
    columns = range(max(map(len, chunked)))
    filled = [[chunks[i] if i < len(chunks) else empty_chunk() for chunks in chunked] for i in columns]
    return torch.cat([_encode_chunks(model, column, settings) for column in filled], dim=1)


def _encode_chunks(model: DiffusionModel, chunks: Sequence[Chunk], settings: TextSettings) -> Tensor:
    tokens = torch.tensor([chunk.tokens for chunk in chunks], device=model.device)
    weights = torch.tensor([chunk.weights for chunk in chunks], device=model.device)
    token_embedding = model.text_encoder.get_input_embeddings()
    with embeddings_in_place(token_embedding, [chunk.embeddings for chunk in chunks]):
        hidden = _hidden_states(model, tokens, settings.clip_skip).float()
    return EMPHASIS[settings.emphasis](hidden, weights.unsqueeze(-1))


def _hidden_states(model: DiffusionModel, tokens: Tensor, clip_skip: int) -> Tensor:
    """Return the states (chunks, 77, width) of the `clip_skip`-th layer from the end, normalised."""
    if clip_skip <= 1:
        return model.text_encoder(input_ids=tokens).last_hidden_state
    states = model.text_encoder(input_ids=tokens, output_hidden_states=True).hidden_states
    return model.text_encoder.final_layer_norm(states[-min(clip_skip, len(states) - 1)])


def _weighted_with_mean_kept(hidden: Tensor, weights: Tensor) -> Tensor:
    """A1111's "Original": multiply, then scale so that the mean over the whole batch is what it was."""
    weighted = hidden * weights
    before, after = hidden.mean(), weighted.mean()
    return weighted * (before / after) if after != 0 else weighted


EMPHASIS = {
    "Original": _weighted_with_mean_kept,
    "No norm": lambda hidden, weights: hidden * weights,
    "Ignore": lambda hidden, weights: hidden,
    "None": lambda hidden, weights: hidden,
}
"""Emphasis mode to f(hidden states (B, 77, width), weights (B, 77, 1)) -> hidden states."""


def _stretch(rows: Tensor, length: int) -> Tensor:
    missing = length - rows.shape[1]
    return torch.cat([rows, rows[:, -1:].expand(-1, missing, -1)], dim=1) if missing else rows
