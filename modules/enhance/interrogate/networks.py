"""BLIP, which writes a caption, and CLIP, which says how well lines fit; both from folders in transformers' format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from transformers import AutoTokenizer, BlipForConditionalGeneration, CLIPModel

from modules.core.errors import CheckpointError

# Of the pictures that both were trained with.
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
LINES_AT_ONCE = 64
SHARPNESS = 100.0
"""What CLIP was trained to multiply similarities with."""


def find_folder(root: Path, kind: str) -> Path | None:
    """Return the folder of a network of a kind ("blip", "clip"): `root` or one inside, the first by name."""
    if not root.is_dir():
        return None
    for config in [root / "config.json", *sorted(root.rglob("config.json"))]:
        try:
            if json.loads(config.read_text(encoding="utf-8")).get("model_type") == kind:
                return config.parent
        except (OSError, ValueError, AttributeError):
            continue
    return None


@dataclass(frozen=True)
class Network:
    """A network with what turns texts into tokens.

    Attributes:
        side: of the square pictures that it sees.
    """

    model: Any
    tokenizer: Any
    side: int

    def pixels(self, picture: Image.Image) -> Tensor:
        """Return a square picture (RGB) as it wants it: (1, 3, side, side)."""
        values = (np.asarray(picture, dtype=np.float32) / 255 - MEAN) / DEVIATION
        return torch.from_numpy(values).float().permute(2, 0, 1)[None].to(self.model.device)


def load_network(folder: Path, kind: type[nn.Module]) -> Network:
    """Read a network into the machine's memory.

    Raises:
        CheckpointError: files are missing or damaged.
    """
    try:
        model: Any = kind.from_pretrained(folder, local_files_only=True)  # type: ignore[attr-defined]
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # transformers raises nearly anything on damaged files
        raise CheckpointError(
            f"The files in {folder} cannot be read ({error!s:.200}): put all of them there again, config.json, the "
            "weights and those of the tokenizer."
        ) from error
    return Network(model.float().eval().requires_grad_(requires_grad=False), tokenizer, _side(model))


def _side(model: Any) -> int:
    return int(model.config.vision_config.image_size)


def load_blip(folder: Path) -> Network:
    """Read a captioning network."""
    return load_network(folder, BlipForConditionalGeneration)


def load_clip(folder: Path) -> Network:
    """Read a network that compares pictures with lines."""
    return load_network(folder, CLIPModel)


@torch.inference_mode()
def caption(blip: Network, picture: Image.Image, *, beams: int, min_length: int, max_length: int) -> str:
    """Return what is to be seen in a picture (RGB); lengths are in tokens."""
    seen = picture.resize((blip.side, blip.side), Image.Resampling.BICUBIC)
    tokens = blip.model.generate(
        pixel_values=blip.pixels(seen),
        num_beams=beams,
        min_length=min(min_length, max_length),
        max_length=max_length,
        do_sample=False,
    )
    return str(blip.tokenizer.decode(tokens[0], skip_special_tokens=True)).strip()


@torch.inference_mode()
def picture_features(clip: Network, picture: Image.Image) -> Tensor:
    """Return a picture (RGB) as CLIP sees its middle: (1, n), of length 1."""
    seen = ImageOps.fit(picture, (clip.side, clip.side), Image.Resampling.BICUBIC)
    features = clip.model.get_image_features(pixel_values=clip.pixels(seen)).pooler_output
    return nn.functional.normalize(features, dim=-1)


@torch.inference_mode()
def best_lines(clip: Network, seen: Tensor, lines: Sequence[str], top: int) -> list[tuple[str, float]]:
    """Return the lines that fit a picture best, with their shares of all (0..1)."""
    features = torch.cat(
        [_line_features(clip, lines[i : i + LINES_AT_ONCE]) for i in range(0, len(lines), LINES_AT_ONCE)]
    )
    shares = (SHARPNESS * seen @ features.T).softmax(-1)[0]
    best = shares.topk(min(top, len(lines)))
    return [(lines[int(i)], share) for share, i in zip(best.values.tolist(), best.indices.tolist(), strict=True)]


def _line_features(clip: Network, lines: Sequence[str]) -> Tensor:
    longest = clip.model.config.text_config.max_position_embeddings
    tokens = clip.tokenizer(list(lines), padding=True, truncation=True, max_length=longest, return_tensors="pt")
    there = {name: tokens[name].to(clip.model.device) for name in ("input_ids", "attention_mask")}
    return nn.functional.normalize(clip.model.get_text_features(**there).pooler_output, dim=-1)
