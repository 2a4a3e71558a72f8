"""Training pairs: latents of painted pictures and the encoded captions that say them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPTextModel

from starter import vae_wiring as wiring
from starter import world
from starter.captions import Spec, Word, caption
from starter.compose import Sprites, compose
from starter.specs import random_default, random_spec
from starter.text import encode, known_free, make_text_model, tokenize
from starter.tokens import WordTokenizer
from starter.vae import SCALE, Basis, find_basis, new_vae, to_tensor, wired_basis
from starter.vae_model import AutoencoderKL

ROWS = 32
"""Caption rows that are computed in training. The last one stands for all the equal padding rows."""

SILENT = 0.12
"""Share of pictures without a caption that show a simple object on the plain wall: what the empty prompt (and unknown
words, whose rows equal its) draws, cleanly, because there is little to choose from. It must not be scenery: guidance
leads away from it, and "a forest" would get an object."""


@dataclass
class Pool:
    """Ready latents (N, 4, h, w) of one size, their captions' rows (N, ROWS, width), which are a scene alone (N)."""

    latents: Tensor
    rows: Tensor
    lone: Tensor

    def pick(self, places: Tensor) -> Pool:
        """The pairs at these places."""
        return Pool(self.latents[places], self.rows[places], self.lone[places])

    def put(self, places: Tensor, new: Pool) -> None:
        """Replace the pairs at these places."""
        self.latents[places], self.rows[places], self.lone[places] = new.latents, new.rows, new.lone


class Painter:
    """Makes training pairs: paints specs, encodes them, writes and encodes captions with emphasis."""

    def __init__(self, cache: Path, vae: AutoencoderKL, basis: Basis, text: CLIPTextModel, seed: int) -> None:
        self.rng = random.Random(seed)
        self.sprites, self.vae, self.basis, self.text = Sprites(cache), vae, basis, text
        self.tokenizer = WordTokenizer(cache / "bpe.txt.gz")
        self.distractors = known_free(self.tokenizer)
        self.empty = encode(text, tokenize([[]], self.tokenizer).ids)[0].detach()[:, -ROWS:]

    @torch.no_grad()
    def make(self, count: int, canvas: tuple[int, int]) -> Pool:
        """`count` new pairs of one canvas size (width, height)."""
        silent = torch.tensor([self.rng.random() < SILENT for _ in range(count)])
        specs = [random_default(self.rng, canvas) if no else random_spec(self.rng, canvas) for no in silent.tolist()]
        pixels = to_tensor([compose(spec, self.sprites, self.rng) for spec in specs])
        latents = wiring.fast_encode(self.vae, pixels, self.basis.components, self.basis.mean) * SCALE
        rows = torch.where(silent[:, None, None], self.empty, self.rows(specs))
        lone = torch.tensor([spec.thing is None and spec.backdrop in world.SCENES for spec in specs])
        return Pool(latents, rows, lone)

    def words(self, spec: Spec) -> list[Word]:
        """A random caption of a spec."""
        return caption(spec, self.rng, self.distractors)

    def rows(self, specs: list[Spec]) -> Tensor:
        """Hidden rows of a random caption of each spec, emphasised words scaled as A1111 scales them."""
        tokens = tokenize([self.words(spec) for spec in specs], self.tokenizer)
        last, before = encode(self.text, tokens.ids[:, :ROWS])
        rows = before if self.rng.random() < 0.06 else last
        weights = torch.ones(rows.shape[:2])
        for i, (spec, roles) in enumerate(zip(specs, tokens.roles, strict=True)):
            for j, role in enumerate(roles[:ROWS]):
                if role in spec.weights:
                    weights[i, j] = spec.weights[role]
                elif not role and self.rng.random() < 0.01:
                    weights[i, j] = self.rng.uniform(0.5, 1.5)  # emphasis on words that mean nothing does nothing
        rows = rows * weights[..., None]
        rows[:, -1] = self.empty[:, -1]
        return rows


def load_frozen(cache: Path, sprites: Sprites) -> tuple[AutoencoderKL, Basis, CLIPTextModel]:
    """The trained VAE, its patch basis and the trained text encoder, none of them learning any more."""
    vae = new_vae(find_basis(sprites))
    vae.load_state_dict(torch.load(cache / "vae.pt"))
    text = make_text_model()
    text.load_state_dict(torch.load(cache / "text.pt"))
    for model in (vae, text):
        model.requires_grad_(False).eval()
    return vae, wired_basis(vae), text


def prompt_rows(painter: Painter, prompt: str) -> Tensor:
    """Rows (1, 77, width) of a prompt with simple `(word:1.4)` emphasis, words apart by blanks."""
    words, weights = [], []
    for part in prompt.replace(",", " ,").split():
        text, _, weight = part.strip("()").partition(":")
        words.append(Word(text, role=str(len(words))))
        weights.append(float(weight or 1))
    tokens = tokenize([words], painter.tokenizer)
    rows = encode(painter.text, tokens.ids)[0]
    factor = torch.tensor([weights[int(role)] if role else 1.0 for role in tokens.roles[0]])
    return rows * factor[None, :, None]
