"""Files of small decoders that say in their header whose latents they were made for.

Any file in the folder of TAESD whose name ends with `decoder.safetensors` or `encoder.safetensors` may say so; it then
serves every checkpoint that has these latents, and no other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open

from modules.checkpoints.scan import printable
from modules.engine.latents.space import LatentSpace
from modules.engine.model import LATENT_CHANNELS
from modules.engine.networks.small_decoders import LinearDecoder

log = logging.getLogger(__name__)

Part = Literal["decoder", "encoder"]
LATENTS, LINEAR = "easel.latents", "easel.linear_decoder"
"""Header fields: what `LatentSpace.written` gives; and four rows of how much a latent adds to red, green and blue, and
a fifth of the colour of latents of zero."""


def header(path: Path) -> Mapping[str, str]:
    """Return what a file says of itself; nothing if it cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def own_files(folders: Iterable[Path], space: LatentSpace, part: Part = "decoder") -> list[Path]:
    """Return the files of decoders or encoders in some folders that were made for these latents, by name."""
    files = [path for folder in folders for path in sorted(folder.glob(f"*{part}.safetensors"))]
    return [path for path in files if space.is_written(header(path).get(LATENTS, ""))]


def says_whose(path: Path) -> bool:
    """Say whether a file was made for latents of its own, so that its name means nothing."""
    return path.suffix == ".safetensors" and LATENTS in header(path)


def own_linear_decoder(folders: Iterable[Path], space: LatentSpace) -> LinearDecoder | None:
    """Return the linear map in the first of the files made for these latents that has one."""
    for path in own_files(folders, space):
        text = header(path).get(LINEAR)
        if text is None:
            continue
        try:
            rows = torch.tensor(json.loads(text), dtype=torch.float32)
        except (ValueError, TypeError):
            rows = torch.empty(0)
        if rows.shape == (LATENT_CHANNELS + 1, 3) and rows.isfinite().all():
            return LinearDecoder(rows[:LATENT_CHANNELS], rows[LATENT_CHANNELS])
        log.warning("The linear map in %s is not used: it must have five rows of three numbers.", printable(path.name))
    return None
