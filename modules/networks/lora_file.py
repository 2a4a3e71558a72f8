"""Reading a LoRA's file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError
from modules.engine.networks.embeddings import Embedding
from modules.engine.networks.lora import Lora, read_lora
from modules.engine.text.tokenizer import default_tokenizer
from modules.networks.embedding_data import vectors_in
from modules.networks.lora_catalog import LoraOnDisk
from modules.networks.pickles import load_pickle

LARGEST_FILE = 8 * 2**30
BUNDLED = "bundle_emb."
IN_PARAMETERS = "string_to_param."


def load_lora(on_disk: LoraOnDisk, key: Hashable) -> Lora:
    """Read a LoRA, with its tensors on the CPU.

    Args:
        on_disk: its file.
        key: what it is to be known by; another one for a file that has changed.

    Raises:
        CheckpointError: it cannot be read, or holds something else.
    """
    name = printable(on_disk.path.name)
    if on_disk.problem:
        raise CheckpointError(on_disk.problem)
    state = _read_state(on_disk.path, name)
    if not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise CheckpointError(f"{name} holds more than tensors by name, so it is no LoRA.")
    if not all(_is_finite(tensor) for tensor in state.values() if tensor.is_floating_point()):
        raise CheckpointError(f"{name} has weights that are no numbers (NaN or infinite): its training failed.")
    embeddings = _bundled(state, name)
    rest = {key: tensor for key, tensor in state.items() if not key.startswith(BUNDLED)}
    return read_lora(on_disk.name, key, rest, embeddings)


def _is_finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor.float() if tensor.itemsize == 1 else tensor).all())  # 8 bits know no isfinite


def _read_state(path: Path, name: str) -> Mapping[str, Any]:
    try:
        if path.suffix.lower() == ".safetensors":
            return load_file(path)
        if path.stat().st_size > LARGEST_FILE:
            raise CheckpointError(f"{name} is far too large for a LoRA: does it belong elsewhere?")
        state = load_pickle(path.read_bytes(), name, LARGEST_FILE)
    except SafetensorError as error:
        raise CheckpointError(f"{name} is damaged, incomplete or no safetensors file: download it again.") from error
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}).") from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{name} holds no LoRA.")
    return {str(key): value for key, value in state.items()}


def _bundled(state: Mapping[str, Tensor], name: str) -> tuple[tuple[tuple[int, ...], Embedding], ...]:
    """Return the textual inversions that come with a LoRA, with the tokens of their names.

    Their keys are `bundle_emb.<name>.<what an embedding's file would call the tensor>`.
    """
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in state.items():
        if key.startswith(BUNDLED):
            word, _, rest = key.removeprefix(BUNDLED).partition(".")
            found.setdefault(word, {})[rest.removeprefix(IN_PARAMETERS)] = tensor
    named = {tuple(default_tokenizer().encode(word)): (word, tensors) for word, tensors in found.items()}
    return tuple(
        (tokens, Embedding(word, vectors_in(tensors, name))) for tokens, (word, tensors) in named.items() if tokens
    )
