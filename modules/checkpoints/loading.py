"""A checkpoint file becomes a model that is ready to run. READ `load_checkpoint` FIRST.

No network: configurations come from tensor shapes, key names are converted by diffusers' own functions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from modules.checkpoints.architecture import UNET, VAE, Architecture, clip_prefix
from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.families import ModelFamily, detect_family
from modules.checkpoints.header import Header, read_header
from modules.checkpoints.hints import Hints, read_hints
from modules.checkpoints.libraries import (
    AutoencoderKL,
    CLIPTextConfig,
    CLIPTextModel,
    UNet2DConditionModel,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
from modules.checkpoints.schedule import read_alphas_cumprod
from modules.checkpoints.streaming import stream_layers
from modules.checkpoints.weights import read_tensors
from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.engine.model import DiffusionModel
from modules.hardware.attention import choose_attention
from modules.hardware.device import choose_device
from modules.hardware.memory import make_memory_plan, memory_errors
from modules.hardware.precision import Precision, choose_precision

log = logging.getLogger(__name__)

StateDict = dict[str, Tensor]


def load_checkpoint(info: CheckpointInfo, flags: Flags) -> DiffusionModel:
    """Load a checkpoint onto the device that the flags ask for.

    Raises:
        CheckpointError: not a readable, whole checkpoint of a known family.
        DeviceMemoryError: it does not fit.
    """
    path = info.filename
    _refuse_pickles(path)
    header = read_header(path)
    family = detect_family(header.shapes, path.name)
    hints = read_hints(header.metadata, info.config)
    device = choose_device(flags)
    precision = choose_precision(flags, device)

    with memory_errors():
        components = _build_components(path, header, family, hints, precision)
        attention = choose_attention(flags)
        attention.apply(components["unet"])
        attention.apply(components["vae"])
        memory = make_memory_plan(flags, components, device, is_sdxl=family.is_sdxl, stream_layers=stream_layers)
        alphas_cumprod = read_alphas_cumprod(path, header, hints)

    log.info("Loaded %s (%s) on %s.", info.title, family.label, device)
    return DiffusionModel(
        **components,
        alphas_cumprod=alphas_cumprod,
        device=device,
        precision=precision,
        memory=memory,
        prediction=hints.prediction or family.prediction,
        scale_factor=hints.scale_factor or family.scale_factor,
    )


def _refuse_pickles(path: Path) -> None:
    if path.suffix.lower() != ".safetensors":
        raise CheckpointError(
            f"{path.name} is a pickled checkpoint, which could run any program hidden in it: "
            "get the .safetensors version of it."
        )


def _build_components(
    path: Path, header: Header, family: ModelFamily, hints: Hints, precision: Precision
) -> dict[str, nn.Module]:
    try:
        architecture = family.architecture(header.shapes, hints)
        with torch.device("meta"):
            modules = _construct(architecture)
    except (ValueError, RuntimeError, ZeroDivisionError) as error:
        raise CheckpointError(f"{path.name} cannot be loaded as {family.label}: {error}.") from error

    readers = {"text_encoder": _read_text_encoder, "unet": _read_unet, "vae": _read_vae}
    for name, module in modules.items():
        dtype = getattr(precision, name)
        state = readers[name](path, header, dtype, getattr(architecture, name))
        _assign(module, state, f"{path.name} is damaged")
        module.eval().requires_grad_(requires_grad=False)
    return modules


def _construct(architecture: Architecture) -> dict[str, nn.Module]:
    return {
        "text_encoder": CLIPTextModel(CLIPTextConfig(**architecture.text_encoder)),
        "unet": UNet2DConditionModel(**architecture.unet),
        "vae": AutoencoderKL(**architecture.vae),
    }


def _read_unet(path: Path, header: Header, dtype: torch.dtype, config: Mapping[str, Any]) -> StateDict:
    names = [name for name in header.tensors if name.startswith(UNET)]
    return convert_ldm_unet_checkpoint(read_tensors(path, header, names, dtype), config)


def _read_vae(path: Path, header: Header, dtype: torch.dtype, config: Mapping[str, Any]) -> StateDict:
    names = [name for name in header.tensors if name.startswith(VAE)]
    return convert_ldm_vae_checkpoint(read_tensors(path, header, names, dtype), config)


def _read_text_encoder(path: Path, header: Header, dtype: torch.dtype, _config: Mapping[str, Any]) -> StateDict:
    prefix = clip_prefix(header.tensors)
    names = [name for name in header.tensors if name.startswith(prefix) and not name.endswith("position_ids")]
    tensors = read_tensors(path, header, names, dtype)
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


def _assign(module: nn.Module, state: StateDict, complaint: str) -> None:
    """Put the tensors in place of the module's meta parameters.

    Raises:
        CheckpointError: one is missing or of another shape.
    """
    for name, wanted in module.state_dict().items():
        if name not in state:
            raise CheckpointError(f"{complaint}: the weights of {name} are missing. Get the file again.")
        if state[name].shape != wanted.shape:
            shapes = f"{list(state[name].shape)} instead of {list(wanted.shape)}"
            raise CheckpointError(f"{complaint}: the weights of {name} have the shape {shapes}. Get the file again.")
    module.load_state_dict(state, strict=False, assign=True)
    for parent in module.modules():
        for name, buffer in parent.named_buffers(recurse=False):
            if buffer.is_meta:
                parent.register_buffer(name, _constant(name, buffer), persistent=False)


def _constant(name: str, buffer: Tensor) -> Tensor:
    """Return the value of a buffer that no file holds."""
    if name != "position_ids":
        raise NotImplementedError(f"no value is known for the buffer {name}")
    return torch.arange(buffer.shape[-1]).expand(buffer.shape)
