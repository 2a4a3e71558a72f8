"""Learning the vectors of a new word while the whole model stays as it is, and writing them as people share them.

Source: Gal et al. 2022, arXiv:2208.01618.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.torch import save_file
from torch import Tensor, nn

from starter.captions import Spec, Word
from starter.companions.fit import fit
from starter.companions.pool import Example, open_pool
from starter.companions.weights import DrawSpec, Starter, load_starter, repeats, token_table
from starter.crew import diffusion_loss, pick_timesteps
from starter.painter import Painter
from starter.text import tokenize

PLACE = "vertical"
"""A word of one token that no caption has: it keeps the new vectors' places."""
BATCH = 16


@dataclass(frozen=True)
class Plan:
    """What an embedding learns.

    Attributes:
        name: of the file, and the word.
        begin: known words whose vectors the new ones start from.
        say: a caption with `new_word` in it.
        timesteps: share, low and high of the preferred ones.
    """

    name: str
    begin: tuple[str, ...]
    examples: list[Example]
    draw: Callable[[Painter], DrawSpec]
    say: Callable[[Spec, Painter], list[Word]]
    rate: float = 5e-3
    timesteps: tuple[float, int, int] = (0.6, 250, 950)

    @property
    def new_word(self) -> list[Word]:
        """The place of the vectors in a caption."""
        return [Word(PLACE)] * len(self.begin)


class PlanPainter(Painter):
    """A painter that says what a plan says."""

    plan: Plan

    def words(self, spec: Spec) -> list[Word]:
        """A caption with the new word."""
        return self.plan.say(spec, self)


def inject(starter: Starter, vectors: Tensor) -> None:
    """Let the text encoder read `vectors` (n, width) wherever `PLACE` stands n times."""
    (place,) = starter.painter.tokenizer.encode_word(PLACE)

    def put(_layer: nn.Module, arguments: tuple[Tensor, ...], out: Tensor) -> Tensor:
        where = arguments[0] == place
        if not where.any():
            return out
        out = out.clone()
        out[where] = vectors.repeat(int(where.sum()) // len(vectors), 1)
        return out

    token_table(starter.text).register_forward_hook(put)


def vectors_of(starter: Starter, words: tuple[str, ...]) -> Tensor:
    """The token vectors of known words, (n, width)."""
    ids = tokenize([[Word(word) for word in words]], starter.painter.tokenizer).ids[0, 1 : 1 + len(words)]
    return token_table(starter.text).weight[ids].detach().clone()


def learn(plan: Plan, cache: Path, program: Path, minutes: float, seed: int) -> None:
    """Train the vectors and write both forms of the file."""
    starter = load_starter(cache, seed)
    known = starter.painter
    painter = PlanPainter(cache, known.vae, known.basis, starter.text, seed)
    painter.plan = plan
    starter = replace(starter, painter=painter)
    work = cache / "companions"
    pool = open_pool(starter, work / f"{plan.name}-pool.pt", plan.examples, plan.draw(painter))
    vectors = nn.Parameter(vectors_of(starter, plan.begin))
    inject(starter, vectors)
    counts = repeats()

    def loss() -> tuple[Tensor, float]:
        latents, chosen = pool.pick(BATCH)
        rows = painter.rows([example.spec for example in chosen])
        piece = (latents, rows, pick_timesteps(BATCH, *plan.timesteps), torch.zeros(()))
        value, plain = diffusion_loss(starter.unet, piece, counts, 0.1)
        return value, plain.item()

    steps = fit([vectors], loss, work / f"{plan.name}.pt", minutes, plan.rate)
    write_embedding(program / "embeddings" / plan.name, vectors.detach(), steps)


def write_embedding(base: Path, vectors: Tensor, steps: int) -> None:
    """Write `base`.safetensors, as diffusers and newer trainers do; `write_picture` makes the other form of it."""
    base.parent.mkdir(parents=True, exist_ok=True)
    header = {
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "stable-diffusion-v1/textual-inversion",
        "modelspec.title": base.name,
        "modelspec.author": "The Easel authors",
        "modelspec.license": "MIT",
        "modelspec.description": "For the Easel starter model. Trained on pictures composed from Microsoft's Fluent "
        "emoji (3D), MIT License, Copyright (c) Microsoft Corporation.",
        "ss_steps": str(steps),
    }
    file = base.with_name(f"{base.name}.safetensors")
    save_file({"emb_params": vectors.contiguous()}, file, header)
    file.chmod(0o644)


def write_picture(file: Path, name: str, vectors: Tensor, steps: int, picture: Image.Image) -> None:
    """Write a picture that carries the embedding in a text chunk, as A1111's trainer does."""
    content: dict[str, Any] = {
        "string_to_token": {"*": 265},
        "string_to_param": {"*": {"TORCHTENSOR": vectors.tolist()}},
        "name": name,
        "step": steps,
        "sd_checkpoint": None,
        "sd_checkpoint_name": "easel-starter",
    }
    chunks = PngInfo()
    chunks.add_text("sd-ti-embedding", base64.b64encode(json.dumps(content).encode()).decode())
    picture.save(file, pnginfo=chunks, optimize=True)


def random_things(rng: random.Random, count: int, things: tuple[str, ...], **fixed: Any) -> list[Example]:
    """Examples of random objects, otherwise alike."""
    return [Example(Spec(rng.choice(things), **fixed)) for _ in range(count)]
