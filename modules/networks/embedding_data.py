"""The vectors of a textual inversion, whichever program wrote the file."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor

from modules.core.errors import CheckpointError
from modules.engine.text.chunks import CHUNK_LENGTH
from modules.imaging.load import DAMAGED
from modules.networks.pickles import load_pickle

LARGEST_FILE = 64_000_000
"""Bytes. 75 vectors for both encoders of SDXL have 0.6 MB; the rest is room for a picture around them."""

WIDEST = 65536
IMAGE_CHUNK = "sd-ti-embedding"
TWO_ENCODERS = (("clip_l", "clip_g"), ("text_encoders_0", "text_encoders_1"))
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def read_data(path: Path, data: bytes, name: str) -> Mapping[str, Any] | None:
    """Return what an embedding's file holds, or None for a picture that is only a picture.

    Raises:
        CheckpointError: the file is damaged, or no such file at all.
    """
    if not data:
        raise CheckpointError(f"{name} is empty: download it again.")
    match path.suffix.lower():
        case ".png":
            content = _read_image(data, name)
        case ".safetensors":
            content = _read_safetensors(data, name)
        case _:
            content = load_pickle(data, name, LARGEST_FILE)
    if content is not None and not isinstance(content, Mapping):
        raise CheckpointError(f"{name} holds no textual inversion.")
    return content


def _read_safetensors(data: bytes, name: str) -> dict[str, Tensor]:
    try:
        return load_safetensors(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{name} is damaged, incomplete or no safetensors file: download it again.") from error


def _read_image(data: bytes, name: str) -> Any:
    """Read the text chunk `sd-ti-embedding`: base64 of JSON in which a tensor is {"TORCHTENSOR": nested lists}.

    A1111's trainer also hid the data in the pixels of its pictures. That form is not read.
    """
    if IMAGE_CHUNK.encode() not in data:
        return None
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG",))
        image.load()
        text = image.info.get(IMAGE_CHUNK)
        return None if text is None else json.loads(base64.b64decode(text, validate=True), object_hook=_tensor)
    except (*DAMAGED, Image.DecompressionBombError, binascii.Error) as error:
        raise CheckpointError(f"The embedding in {name} is damaged: download it again.") from error


def _tensor(entry: dict[str, Any]) -> Any:
    return torch.tensor(entry["TORCHTENSOR"], dtype=torch.float32) if "TORCHTENSOR" in entry else entry


def vectors_in(content: Mapping[str, Any], name: str) -> tuple[Tensor, ...]:
    """Return the vectors (n, width) float32 for each text encoder: one, or two of SDXL (CLIP L first).

    Known are A1111's form (`string_to_param`), `emb_params`, SDXL's pairs, and a single tensor under any name, as
    the concepts library and diffusers write it.

    Raises:
        CheckpointError: no textual inversion, or one that no prompt could hold.
    """
    tensors = [_checked(tensor, name) for tensor in _find_tensors(content, name)]
    if len({tensor.shape[0] for tensor in tensors}) > 1:
        raise CheckpointError(f"{name} has a different number of vectors for each text encoder.")
    return tuple(tensors)


def _find_tensors(content: Mapping[str, Any], name: str) -> list[Any]:
    if "string_to_param" in content:
        content = _parameters(content["string_to_param"])
    for first, second in TWO_ENCODERS:
        if first in content and second in content:
            return [content[first], content[second]]
    if "emb_params" in content:
        return [content["emb_params"]]
    tensors = [value for value in content.values() if isinstance(value, Tensor)]
    if len(tensors) != 1:
        raise CheckpointError(f"{name} holds no textual inversion, or several: each needs a file of its own.")
    return tensors


def _parameters(params: Any) -> Mapping[str, Any]:
    if isinstance(params, torch.nn.ParameterDict):  # of the original training script
        params = vars(params).get("_parameters")
    return params if isinstance(params, Mapping) else {}


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and tensor.device.type == "cpu"


def _checked(tensor: Any, name: str) -> Tensor:
    if not isinstance(tensor, Tensor) or tensor.dtype not in FLOATS or not _is_plain(tensor):
        raise CheckpointError(f"The vectors in {name} are not floating-point numbers.")
    vectors = tensor.detach().unsqueeze(0) if tensor.dim() == 1 else tensor.detach()
    if vectors.dim() != 2 or not 0 < vectors.shape[1] <= WIDEST or vectors.shape[0] == 0:
        raise CheckpointError(f"{name} has vectors of the shape {list(tensor.shape)}, which no text encoder takes.")
    if vectors.shape[0] > CHUNK_LENGTH:
        raise CheckpointError(
            f"{name} has {vectors.shape[0]} vectors; a prompt takes {CHUNK_LENGTH} of one embedding at most."
        )
    vectors = vectors.to(torch.float32, copy=True).contiguous()
    if not vectors.isfinite().all():
        raise CheckpointError(f"{name} has vectors that are no numbers (NaN or infinite): its training failed.")
    return vectors
