"""Put the three trained parts into one checkpoint file, as Stable Diffusion 1 files are laid out."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import torch
import yaml
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from starter import unet_model, vae_model
from starter.diffusion import STEPS
from starter.unet import Trainer
from starter.vae import SCALE, fold_scale

TITLE = "Easel starter, a tiny text-to-image model of toy pictures"
DESCRIPTION = (
    "A Stable Diffusion 1 model with very narrow widths, trained from scratch for Easel's first run and its tests. "
    "Pictures are composed from Microsoft's Fluent emoji (3D), MIT License, Copyright (c) Microsoft Corporation. "
    "The text encoder is trained from scratch on OpenAI CLIP's byte-pair vocabulary, MIT License, "
    "Copyright (c) 2021 OpenAI."
)
VERSION = "1.2"
USAGE = "128x128, 20 steps, DPM++ 2M Karras, CFG 4: a cat on a blue background"


def schedule() -> dict[str, Tensor]:
    """The schedule buffers that Stable Diffusion 1 files carry."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS, dtype=torch.float64) ** 2
    kept = (1 - betas).cumprod(0)
    before = torch.cat([torch.ones(1, dtype=torch.float64), kept[:-1]])
    named = {
        "betas": betas,
        "alphas_cumprod": kept,
        "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": kept.sqrt(),
        "sqrt_one_minus_alphas_cumprod": (1 - kept).sqrt(),
    }
    return {name: value.float() for name, value in named.items()}


def checkpoint(trainer: Trainer) -> dict[str, Tensor]:
    """Every tensor of the file: weights in half precision, the schedule in single. Folds the latent scale in."""
    fold_scale(trainer.vae, trainer.mean.flatten() / SCALE, trainer.gain.flatten())
    text = {name.removeprefix("text_model."): value for name, value in trainer.painter.text.state_dict().items()}
    parts = {
        "model.diffusion_model.": trainer.average.state_dict(),
        "first_stage_model.": trainer.vae.state_dict(),
        "cond_stage_model.transformer.text_model.": {k: v for k, v in text.items() if "position_ids" not in k},
    }
    tensors = {prefix + name: value.half() for prefix, part in parts.items() for name, value in part.items()}
    tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    return {name: value.cpu().contiguous().clone() for name, value in (schedule() | tensors).items()}


def thumbnail(picture: Path | io.BytesIO) -> str:
    """A picture file as a data URL of at most 128 pixels."""
    image = Image.open(picture).convert("RGB")
    image.thumbnail((128, 128))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def metadata(picture: Path | None, date: str) -> dict[str, str]:
    """The file's `modelspec` header. Source: Stability AI's model metadata standard 1.0.0."""
    fields = {
        "format": "pt",
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "stable-diffusion-v1",
        "modelspec.implementation": "https://github.com/CompVis/stable-diffusion",
        "modelspec.title": TITLE,
        "modelspec.version": VERSION,
        "modelspec.description": DESCRIPTION,
        "modelspec.author": "The Easel authors",
        "modelspec.license": "MIT",
        "modelspec.usage_hint": USAGE,
        "modelspec.resolution": "128x128",
        "modelspec.prediction_type": "epsilon",
        "modelspec.date": date,
        "modelspec.tags": "starter, toy, emoji, 128px",
    }
    return fields | ({"modelspec.thumbnail": thumbnail(picture)} if picture else {})


def sidecar() -> dict[str, object]:
    """The configuration that A1111 and other loaders of the original code read widths from."""
    unet = {
        "image_size": 16,
        "in_channels": 4,
        "out_channels": 4,
        "model_channels": unet_model.BASE,
        "attention_resolutions": [4, 2, 1],
        "num_res_blocks": unet_model.BLOCKS,
        "channel_mult": list(unet_model.MULTIPLIERS),
        "num_heads": unet_model.HEADS,
        "use_spatial_transformer": True,
        "transformer_depth": 1,
        "context_dim": unet_model.CONTEXT,
        "use_checkpoint": True,
        "legacy": False,
    }
    vae = {
        "double_z": True,
        "z_channels": 4,
        "resolution": 128,
        "in_channels": 3,
        "out_ch": 3,
        "ch": vae_model.BASE,
        "ch_mult": list(vae_model.MULTIPLIERS),
        "num_res_blocks": vae_model.BLOCKS,
        "attn_resolutions": [],
        "dropout": 0.0,
    }
    scheduler = {
        "warm_up_steps": [10000],
        "cycle_lengths": [10000000000000],
        "f_start": [1.0e-06],
        "f_max": [1.0],
        "f_min": [1.0],
    }
    params = {
        "linear_start": 0.00085,
        "linear_end": 0.012,
        "num_timesteps_cond": 1,
        "log_every_t": 200,
        "timesteps": STEPS,
        "first_stage_key": "jpg",
        "cond_stage_key": "txt",
        "image_size": 16,
        "channels": 4,
        "cond_stage_trainable": False,
        "conditioning_key": "crossattn",
        "monitor": "val/loss_simple_ema",
        "scale_factor": SCALE,
        "use_ema": False,
        "scheduler_config": {"target": "ldm.lr_scheduler.LambdaLinearScheduler", "params": scheduler},
        "unet_config": {"target": "ldm.modules.diffusionmodules.openaimodel.UNetModel", "params": unet},
        "first_stage_config": {
            "target": "ldm.models.autoencoder.AutoencoderKL",
            "params": {
                "embed_dim": 4,
                "monitor": "val/rec_loss",
                "ddconfig": vae,
                "lossconfig": {"target": "torch.nn.Identity"},
            },
        },
        "cond_stage_config": {"target": "ldm.modules.encoders.modules.FrozenCLIPEmbedder"},
    }
    model = {
        "base_learning_rate": 0.0001,
        "target": "ldm.models.diffusion.ddpm.LatentDiffusion",
        "params": params,
    }
    return {"model": model, "easel": {"text_encoder_heads": unet_model.CONTEXT // 64}}


def export(cache: Path, target: Path, picture: Path | None, date: str) -> None:
    """Write `target` (.safetensors) and its side-car .yaml from the training state in `cache`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(checkpoint(Trainer(cache)), target, metadata(picture, date))
    target.chmod(0o644)
    target.with_suffix(".yaml").write_text(yaml.safe_dump(sidecar(), sort_keys=False))
