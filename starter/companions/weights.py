"""The shipped starter checkpoint as the modules it was trained with, and its latents and caption rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextModel

from modules.core.flags import PROGRAM_FOLDER
from modules.core.paths import STARTER
from starter import vae_wiring as wiring
from starter.captions import Spec
from starter.diffusion import CFG_SCALE, Denoiser, sample_dpmpp_2m
from starter.painter import ROWS, Painter, prompt_rows
from starter.text import make_text_model
from starter.unet_model import UNet
from starter.vae import SCALE, to_tensor, wired_basis
from starter.vae_model import AutoencoderKL

DrawSpec = Callable[[Spec, random.Random], np.ndarray]
TEXT = "cond_stage_model.transformer.text_model."


@dataclass(frozen=True)
class Starter:
    """The parts of the checkpoint in single precision, frozen, and a painter that encodes with them."""

    unet: UNet
    text: CLIPTextModel
    vae: AutoencoderKL
    painter: Painter

    @torch.no_grad()
    def latents(self, pictures: list[np.ndarray]) -> Tensor:
        """Normed latents (B, 4, h, w) of pictures (H, W, 3) in 0..1."""
        basis = self.painter.basis
        return wiring.fast_encode(self.vae, to_tensor(pictures), basis.components, basis.mean) * SCALE

    @torch.no_grad()
    def pixels(self, latents: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in 0..1."""
        out = wiring.fast_decode(self.vae.decoder, self.vae.post_quant_conv(latents / SCALE))
        return (out.clamp(-1, 1) + 1) / 2

    @torch.no_grad()
    def sample(self, prompts: list[str], seed: int = 1, steps: int = 20, size: int = 16) -> Tensor:
        """Pixels of prompts, with simple `(word:1.4)` emphasis, drawn without the program."""
        return self.sample_rows(torch.cat([prompt_rows(self.painter, prompt) for prompt in prompts]), seed, steps, size)

    @torch.no_grad()
    def sample_rows(self, rows: Tensor, seed: int = 1, steps: int = 20, size: int = 16) -> Tensor:
        """Pixels of encoded prompts (B, 77, width)."""
        noise = torch.randn(len(rows), 4, size, size, generator=torch.Generator().manual_seed(seed))
        empty = self.painter.empty[:, -1:].expand_as(rows)
        return self.pixels(sample_dpmpp_2m(Denoiser(self.unet, rows, empty, CFG_SCALE), noise, steps))


def load_starter(cache: Path, seed: int = 0, program: Path = PROGRAM_FOLDER) -> Starter:
    """Read the checkpoint; `cache` holds the sprites and the vocabulary."""
    tensors = {name: value.float() for name, value in load_file(program / STARTER).items()}
    unet, vae, text = UNet(), AutoencoderKL(), make_text_model()
    unet.load_state_dict(part(tensors, "model.diffusion_model."))
    vae.load_state_dict(part(tensors, "first_stage_model."))
    own = "text_model." if next(iter(text.state_dict())).startswith("text_model.") else ""
    wanted = {own + name: value for name, value in part(tensors, TEXT).items() if "position_ids" not in name}
    text.load_state_dict(wanted)
    models: tuple[nn.Module, ...] = (unet, vae, text)
    for model in models:
        model.requires_grad_(False).eval()
    painter = Painter(cache, vae, wired_basis(vae), text, seed)
    return Starter(unet, text, vae, painter)


def token_table(text: CLIPTextModel) -> nn.Embedding:
    """The text encoder's vectors of all tokens."""
    table = text.get_input_embeddings()
    assert isinstance(table, nn.Embedding)
    return table


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors under `prefix`, named without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def repeats() -> Tensor:
    """How many rows each of the `ROWS` computed caption rows stands for."""
    counts = torch.ones(ROWS)
    counts[-1] = 77 - ROWS + 1
    return counts
