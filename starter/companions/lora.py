"""Low-rank adapters on the starter's UNet and text encoder, written with the key names of kohya's trainer.

Source: Hu et al. 2021, arXiv:2106.09685.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save, save_file
from torch import Tensor, nn
from torch.nn import functional

from starter.unet_model import SpatialTransformer

Adapted = nn.Linear | nn.Conv2d


class Adapter(nn.Module):
    """A frozen linear layer or 1x1 convolution plus `scale` times a product of two thin ones."""

    def __init__(self, base: Adapted, rank: int) -> None:
        super().__init__()
        self.base, self.scale = base, 1.0
        width_out, width_in = base.weight.shape[:2]
        self.down = nn.Parameter(torch.randn(rank, width_in) / rank)
        self.up = nn.Parameter(torch.zeros(width_out, rank))

    def forward(self, x: Tensor) -> Tensor:
        if isinstance(self.base, nn.Conv2d):
            thin = functional.conv2d(functional.conv2d(x, self.down[..., None, None]), self.up[..., None, None])
        else:
            thin = functional.linear(functional.linear(x, self.down), self.up)
        return self.base(x) + self.scale * thin

    def tensors(self) -> dict[str, Tensor]:
        """The adapter's file entries: alpha equals the rank, so that weight 1 is what was trained."""
        shape = (1, 1) if isinstance(self.base, nn.Conv2d) else ()
        return {
            "lora_down.weight": self.down.detach().reshape(*self.down.shape, *shape).half().contiguous(),
            "lora_up.weight": self.up.detach().reshape(*self.up.shape, *shape).half().contiguous(),
            "alpha": torch.tensor(float(len(self.down)), dtype=torch.float16),
        }


def adapt_unet(unet: nn.Module, rank: int) -> dict[str, Adapter]:
    """Put adapters on every linear layer and 1x1 convolution of the UNet's transformers; kohya name -> adapter."""
    adapters: dict[str, Adapter] = {}
    for name, block in list(unet.named_modules()):
        if isinstance(block, SpatialTransformer):
            adapters |= _adapt(block, f"lora_unet_{diffusers_name(name)}", rank)
    return adapters


def adapt_text(text: nn.Module, rank: int) -> dict[str, Adapter]:
    """Put adapters on every linear layer of the text encoder's transformer."""
    inner: Any = getattr(text, "text_model", text)
    return _adapt(inner.encoder, "lora_te_text_model_encoder", rank)


def _adapt(block: nn.Module, prefix: str, rank: int) -> dict[str, Adapter]:
    adapters: dict[str, Adapter] = {}
    for name, layer in list(block.named_modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            parent, _, own = name.rpartition(".")
            adapter = Adapter(layer, rank)
            setattr(block.get_submodule(parent), own, adapter)
            adapters[f"{prefix}_{name}".replace(".", "_")] = adapter
    return adapters


def diffusers_name(name: str) -> str:
    """What diffusers calls a transformer of an SD1 UNet: "input_blocks.4.1" is "down_blocks_1_attentions_0"."""
    side, *rest = name.split(".")
    if side == "middle_block":
        return "mid_block_attentions_0"
    number = int(rest[0])
    if side == "input_blocks":
        return f"down_blocks_{(number - 1) // 3}_attentions_{(number - 1) % 3}"
    return f"up_blocks_{number // 3}_attentions_{number % 3}"


def parameters(adapters: dict[str, Adapter]) -> list[nn.Parameter]:
    """What is trained."""
    return [p for adapter in adapters.values() for p in (adapter.down, adapter.up)]


def set_scale(adapters: dict[str, Adapter], scale: float) -> None:
    """Let all adapters act with this weight."""
    for adapter in adapters.values():
        adapter.scale = scale


def write_lora(adapters: dict[str, Adapter], target: Path, metadata: dict[str, str]) -> None:
    """Write the file, with kohya's two hashes of it in its metadata."""
    tensors = {f"{name}.{key}": value for name, part in adapters.items() for key, value in part.tensors().items()}
    digest = hashlib.sha256(_without_metadata(tensors)).hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, {**metadata, "sshs_model_hash": digest, "sshs_legacy_hash": digest[:8]})
    target.chmod(0o644)


def _without_metadata(tensors: dict[str, Tensor]) -> bytes:
    """The bytes of the tensors alone, as kohya's and A1111's "addnet" hash takes them."""
    data = save(tensors)
    return data[int.from_bytes(data[:8], "little") + 8 :]


def kohya_metadata(name: str, rank: int, steps: int, tags: dict[str, int], spec: dict[str, str]) -> dict[str, str]:
    """The header that kohya's trainer writes, as far as it has a meaning here, and the model's `modelspec` fields."""
    return {
        "ss_output_name": name,
        "ss_base_model_version": "sd_v1",
        "ss_sd_model_name": "easel-starter.safetensors",
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(float(rank)),
        "ss_resolution": "(128, 128)",
        "ss_steps": str(steps),
        "ss_tag_frequency": json.dumps({name: tags}),
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
        "modelspec.author": "The Easel authors",
        "modelspec.license": "MIT",
        "modelspec.resolution": "128x128",
        **{f"modelspec.{key}": value for key, value in spec.items()},
    }
