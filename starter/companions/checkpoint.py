"""Write a checkpoint that is the starter with another UNet: every other tensor is copied to the bit."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import yaml
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from modules.core.flags import PROGRAM_FOLDER
from modules.core.paths import STARTER
from starter.export import metadata, sidecar, thumbnail

UNET = "model.diffusion_model."


@dataclass(frozen=True)
class Label:
    """What a companion checkpoint says of itself."""

    name: str
    title: str
    description: str
    usage: str
    tags: str
    architecture: str = "stable-diffusion-v1"


def write_checkpoint(unet: nn.Module, label: Label, program: Path, picture: Tensor, channels: int = 4) -> Path:
    """Write `models/Stable-diffusion/<name>.safetensors` and its side-car below `program`; returns the former.

    Args:
        unet: goes into the file in half precision.
        label: for the header.
        program: the folder that gets it.
        picture: a thumbnail to carry, (3, H, W) in 0..1.
        channels: of the UNet's input.
    """
    base, target = PROGRAM_FOLDER / STARTER, program / STARTER.with_name(f"{label.name}.safetensors")
    target.parent.mkdir(parents=True, exist_ok=True)
    tensors = load_file(base)
    for name, value in unet.state_dict().items():
        tensors[UNET + name] = value.half().contiguous()
    save_file(tensors, target, header(label, base, picture))
    target.chmod(0o644)
    target.with_suffix(".yaml").write_text(yaml.safe_dump(configuration(channels), sort_keys=False))
    return target


def configuration(channels: int) -> dict[str, Any]:
    """The side-car of a UNet with so many input channels, as the original code reads it."""
    config: dict[str, Any] = sidecar()
    params = config["model"]["params"]
    params["unet_config"]["params"]["in_channels"] = channels
    if channels != 4:
        config["model"]["target"] = "ldm.models.diffusion.ddpm.LatentInpaintDiffusion"
        params |= {"conditioning_key": "hybrid", "finetune_keys": None}
    return config


def header(label: Label, base: Path, picture: Tensor) -> dict[str, str]:
    """The file's `modelspec` header."""
    buffer = io.BytesIO()
    to_image(picture).save(buffer, "PNG")
    return metadata(None, datetime.now(UTC).date().isoformat()) | {
        "modelspec.title": label.title,
        "modelspec.version": "1.0",
        "modelspec.architecture": label.architecture,
        "modelspec.description": label.description,
        "modelspec.usage_hint": label.usage,
        "modelspec.tags": label.tags,
        "modelspec.merged_from": f"easel-starter {about(base).get('modelspec.version', '')}",
        "modelspec.thumbnail": thumbnail(buffer),
    }


def to_image(pixels: Tensor) -> Image.Image:
    """Pixels (3, H, W) in 0..1 as a picture."""
    return Image.fromarray((pixels.permute(1, 2, 0) * 255).round().byte().numpy())


def about(file: Path) -> Mapping[str, str]:
    """A file's header texts."""
    with safe_open(file, "pt") as opened:
        return opened.metadata()


def differing(one: Path, other: Path) -> list[str]:
    """Names of tensors outside the UNet that two checkpoints do not share to the bit."""
    first, second = load_file(one), load_file(other)
    names = {name for name in first.keys() | second.keys() if not name.startswith(UNET)}
    return sorted(n for n in names if n not in first or n not in second or not torch.equal(first[n], second[n]))
