"""The kinds of checkpoint we can run, told apart by their tensors; and other files, to say what was put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from modules.checkpoints.architecture import (
    OPEN_CLIP,
    TEXT_ENCODER,
    UNET,
    Architecture,
    sd1_architecture,
    sd2_architecture,
)
from modules.checkpoints.header import Shapes
from modules.checkpoints.hints import Hints
from modules.core.errors import CheckpointError
from modules.core.registry import Registry
from modules.engine.model import Variant


@dataclass(frozen=True)
class ModelFamily:
    """Checkpoints that are loaded in one way.

    Attributes:
        uses_open_clip: its text encoder is OpenCLIP's, which wants zeros after the end and has no clip skip.
        may_predict_v: some of them predict v, and only trying tells which.
    """

    name: str
    label: str
    detect: Callable[[Shapes], bool]
    architecture: Callable[[Shapes, Hints], Architecture]
    scale_factor: float
    prediction: Literal["epsilon", "v"] = "epsilon"
    is_sdxl: bool = False
    uses_open_clip: bool = False
    may_predict_v: bool = False


VARIANTS: Mapping[int, Variant] = {4: "plain", 5: "depth", 8: "pix2pix", 9: "inpainting"}
"""What a UNet with so many input channels is shown beside the latents; every family has these."""


def find_variant(shapes: Shapes) -> Variant:
    """Return what the UNet of a checkpoint of one of our families is shown beside the latents; of others, "plain"."""
    return VARIANTS.get(_input_channels(shapes), "plain")


def _is_sd1(shapes: Shapes) -> bool:
    return (
        _input_channels(shapes) in VARIANTS
        and any(key.startswith(TEXT_ENCODER) and "embeddings.token_embedding." in key for key in shapes)
        and not _has(shapes, f"{UNET}label_emb.")
    )


def _is_sd2(shapes: Shapes) -> bool:
    return (
        _input_channels(shapes) in VARIANTS
        and f"{OPEN_CLIP}token_embedding.weight" in shapes
        and not _has(shapes, f"{UNET}label_emb.", "embedder.model.")
    )


def _input_channels(shapes: Shapes) -> int:
    shape = shapes.get(f"{UNET}input_blocks.0.0.weight", ())
    return shape[1] if len(shape) > 1 else 0


def _has(shapes: Shapes, *parts: str) -> bool:
    return any(part in key for key in shapes for part in parts)


MODEL_FAMILIES: Registry[ModelFamily] = Registry("model family")
MODEL_FAMILIES.add(
    ModelFamily("SD1", "Stable Diffusion 1.x", _is_sd1, sd1_architecture, scale_factor=0.18215),
    ModelFamily(
        "SD2",
        "Stable Diffusion 2.x",
        _is_sd2,
        sd2_architecture,
        scale_factor=0.18215,
        uses_open_clip=True,
        may_predict_v=True,
    ),
)


@dataclass(frozen=True)
class ForeignFile:
    """A file that is no checkpoint we can run: what to call it, and what to do with it."""

    name: str
    detect: Callable[[Shapes], bool]
    advice: str = "This family is not supported yet: choose a Stable Diffusion 1.x or 2.x checkpoint."


def _parts(*parts: str) -> Callable[[Shapes], bool]:
    return lambda shapes: _has(shapes, *parts)


def _channels(count: int) -> Callable[[Shapes], bool]:
    return lambda shapes: _input_channels(shapes) == count


FOREIGN_FILES: Registry[ForeignFile] = Registry("file kind")
FOREIGN_FILES.add(
    ForeignFile(
        "a LoRA",
        _parts("lora_up.", "lora_down.", "lora_A.", "lora_B.", "lora.up.", "hada_w1", "lokr_w", "oft_blocks", ".ia3"),
        "Move it to models/Lora.",
    ),
    ForeignFile("a ControlNet", _parts("control_model.", "controlnet_"), "Move it to models/ControlNet."),
    ForeignFile("a Flux model", _parts("double_blocks.", "single_transformer_blocks.")),
    ForeignFile("a Stable Diffusion 3 model", _parts("joint_blocks.", "joint_transformer_blocks.")),
    ForeignFile("an SDXL checkpoint", _parts("conditioner.embedders.1.", "cond_stage_model.embedders.1.")),
    ForeignFile("an SDXL refiner", _parts("conditioner.embedders.0.")),
    ForeignFile("an unCLIP checkpoint", _parts("embedder.model.")),
    ForeignFile("an AltDiffusion checkpoint", _parts("cond_stage_model.roberta.")),
    ForeignFile("a Stable Diffusion upscaler", _channels(7), "This kind is not supported."),
    ForeignFile("a UNet without its text encoder", _parts(UNET), "Get the full checkpoint."),
    ForeignFile(
        "an upscaler",
        _parts("conv_first.", "RRDB_trunk", "model.1.sub.", "params_ema", "layers.0.residual_group."),
        "Move it to the folder of its kind, such as models/ESRGAN.",
    ),
    ForeignFile("a textual inversion", _parts("emb_params", "clip_l", "clip_g"), "Move it to embeddings."),
    ForeignFile("a VAE", _parts("decoder.up.", "decoder.up_blocks."), "Move it to models/VAE."),
    ForeignFile(
        "a part of a diffusers folder",
        _parts("down_blocks.", "up_blocks."),
        "Get the single-file version of the model.",
    ),
    ForeignFile("a text encoder alone", _parts("text_model.", "encoder.block.0."), "Get the full checkpoint."),
)


def detect_family(shapes: Shapes, file_name: str) -> ModelFamily:
    """Return the family of a checkpoint with these tensors.

    Raises:
        CheckpointError: none of ours; the sentence names what the file seems to be.
    """
    for family in MODEL_FAMILIES:
        if family.detect(shapes):
            return family
    for kind in FOREIGN_FILES:
        if kind.detect(shapes):
            raise CheckpointError(f"{file_name} is {kind.name}, not a checkpoint we can run. {kind.advice}")
    raise CheckpointError(
        f"{file_name} is not a checkpoint of a known family ({len(shapes)} tensors, "
        f"such as {min(shapes, default='none at all')!r:.80}): choose another one."
    )
