"""A checkpoint file becomes a model that is ready to run. READ `load_checkpoint` FIRST.

No network: configurations come from tensor shapes, key names are converted by diffusers' own functions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from modules.checkpoints.architecture import Architecture
from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.components import COMPONENTS, Component
from modules.checkpoints.families import ModelFamily, detect_family, find_variant
from modules.checkpoints.header import Header, read_header
from modules.checkpoints.hints import Hints, read_hints
from modules.checkpoints.libraries import AutoencoderKL, CLIPTextConfig, CLIPTextModel, UNet2DConditionModel
from modules.checkpoints.scan import printable
from modules.checkpoints.schedule import read_alphas_cumprod
from modules.checkpoints.streaming import stream_layers
from modules.checkpoints.weights import check_types, read_tensors
from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.engine.model import LATENT_CHANNELS, DiffusionModel
from modules.engine.upsample import fit_after_upsampling
from modules.hardware.attention import choose_attention
from modules.hardware.device import choose_device
from modules.hardware.memory import make_memory_plan, memory_errors
from modules.hardware.precision import Precision, choose_precision

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Modules:
    """The networks of a checkpoint."""

    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL

    def items(self) -> Iterable[tuple[str, nn.Module]]:
        """Return them with their names."""
        return vars(self).items()


@dataclass(frozen=True)
class Blueprint:
    """A checkpoint whose header was found good: modules of the right sizes, still without weights."""

    path: Path
    header: Header
    family: ModelFamily
    hints: Hints
    modules: Modules


def load_checkpoint(info: CheckpointInfo, flags: Flags) -> DiffusionModel:
    """Load a checkpoint onto the device that the flags ask for.

    Raises:
        CheckpointError: not a readable, whole checkpoint of a known family.
        DeviceMemoryError: it does not fit.
    """
    device = choose_device(flags)
    precision = choose_precision(flags, device)
    blueprint = draw_blueprint(info)
    modules, hints, family = blueprint.modules, blueprint.hints, blueprint.family

    with memory_errors():
        read_weights(blueprint, precision)
        choose_attention(flags, device).apply(modules.unet, modules.vae)
        if flags.opt_channelslast:
            modules.unet.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - PyTorch's stub
        memory = make_memory_plan(
            flags, dict(modules.items()), device, is_sdxl=family.is_sdxl, stream_layers=stream_layers
        )

    log.debug("%s is %s, on %s", info.name, family.label, device)
    model = DiffusionModel(
        text_encoder=modules.text_encoder,
        unet=modules.unet,
        vae=modules.vae,
        alphas_cumprod=read_alphas_cumprod(info.filename, blueprint.header, hints),
        device=device,
        precision=precision,
        memory=memory,
        prediction=hints.prediction or ("v" if "v_pred" in blueprint.header.tensors else family.prediction),
        variant=find_variant(blueprint.header.shapes),
        scale_factor=hints.scale_factor or family.scale_factor,
        checks_nan=not flags.disable_nan_check,
        uses_open_clip=family.uses_open_clip,
        is_sdxl=family.is_sdxl,
    )
    if family.may_predict_v and hints.prediction is None and model.variant == "plain" and predicts_v(model):
        model.prediction = "v"
    return model


@torch.inference_mode()
def predicts_v(model: DiffusionModel) -> bool:
    """Find out by a try whether the UNet of a Stable Diffusion 2 predicts v.

    Asked for the noise in a grey picture at the last timestep, where nothing but noise is to be expected, one that
    predicts noise answers with about what it was given; one that predicts v, with about its negative. The behaviour
    matched is A1111's, which draws the line at the same place.
    """
    x = torch.full((1, LATENT_CHANNELS, 8, 8), 0.5, device=model.device, dtype=model.precision.unet)
    width = model.unet.config["cross_attention_dim"]
    context = torch.full((1, 2, width), 0.5, device=model.device, dtype=model.precision.unet)
    with model.memory.use("unet"):
        timestep = torch.tensor([999], device=model.device)
        answer = model.unet(x, timestep, encoder_hidden_states=context, return_dict=False)[0]
    return bool((answer - x).float().mean() < -1)


def check_checkpoint(info: CheckpointInfo) -> None:
    """Find out whether a checkpoint can be loaded, from its header alone: nothing is read or allocated for weights.

    Raises:
        CheckpointError: not a readable, whole checkpoint of a known family.
    """
    draw_blueprint(info)


def draw_blueprint(info: CheckpointInfo) -> Blueprint:
    """Return the modules of a checkpoint, still without weights.

    Raises:
        CheckpointError: not a readable, whole checkpoint of a known family.
    """
    path, name = info.filename, printable(info.filename.name)
    if not info.is_safetensors:
        raise CheckpointError(
            f"{name} is a pickled checkpoint, which could run any program hidden in it: "
            "get the .safetensors version of it."
        )
    header = read_header(path)
    family = detect_family(header.shapes, name)
    hints = read_hints(header.metadata, info.config)
    try:
        with torch.device("meta"):
            modules = _construct(family.architecture(header.shapes, hints))
            for part, module in modules.items():
                _check(module, COMPONENTS[part], header)
    except (ValueError, RuntimeError, ZeroDivisionError) as error:
        raise CheckpointError(
            f"{name} cannot be loaded as {family.label}: {error}. Get the file again, or choose another."
        ) from error
    return Blueprint(path, header, family, hints, modules)


def _construct(architecture: Architecture) -> Modules:
    unet = UNet2DConditionModel(**architecture.unet)
    fit_after_upsampling(unet)
    return Modules(
        text_encoder=CLIPTextModel(CLIPTextConfig(**architecture.text_encoder)),
        unet=unet,
        vae=AutoencoderKL(**architecture.vae),
    )


def _check(module: nn.Module, component: Component, header: Header) -> None:
    """Compare the file's tensors with what the module needs, as empty tensors.

    Raises:
        ValueError: one is missing, or of another shape or type.
    """
    part = {key: header.tensors[key] for key in component.keys(header.tensors)}
    check_types(part)
    try:
        state = component.convert({key: torch.empty(entry.shape) for key, entry in part.items()}, module)
    except (LookupError, AttributeError) as error:  # diffusers' converters take it for granted that all is there
        raise ValueError(f"the weights that belong to {error} are missing") from error
    for name, wanted in module.state_dict().items():
        found = state.get(name)
        if found is None:
            raise ValueError(f"the weights of {name} are missing")
        if found.shape != wanted.shape:
            raise ValueError(f"{name} has the shape {list(found.shape)} instead of {list(wanted.shape)}")


def read_weights(blueprint: Blueprint, precision: Precision) -> None:
    """Fill the modules, part by part.

    Raises:
        CheckpointError: the file cannot be read.
    """
    for name, module in blueprint.modules.items():
        _fill(name, module, blueprint, getattr(precision, name))


def _fill(name: str, module: nn.Module, blueprint: Blueprint, dtype: torch.dtype) -> None:
    """Put the file's weights in place of the module's meta parameters."""
    keys = COMPONENTS[name].keys(blueprint.header.tensors)
    tensors = read_tensors(blueprint.path, blueprint.header, keys, dtype)
    module.load_state_dict(COMPONENTS[name].convert(tensors, module), strict=False, assign=True)
    for parent in module.modules():
        for buffer_name, buffer in parent.named_buffers(recurse=False):
            if buffer.is_meta:
                parent.register_buffer(buffer_name, _constant(buffer_name, buffer), persistent=False)
    module.eval().requires_grad_(requires_grad=False)


def _constant(name: str, buffer: Tensor) -> Tensor:
    """Return the value of a buffer that no file holds."""
    if name != "position_ids":
        raise NotImplementedError(f"no value is known for the buffer {name}")
    return torch.arange(buffer.shape[-1]).expand(buffer.shape)
