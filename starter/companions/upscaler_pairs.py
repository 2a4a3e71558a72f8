"""Pairs of a large picture and a small one, from which an upscaler learns."""

from __future__ import annotations

import io
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from PIL.Image import Resampling
from safetensors.torch import load_file
from torch import Tensor

from modules.core.flags import PROGRAM_FOLDER
from modules.core.paths import STARTER
from starter import vae_wiring as wiring
from starter.companions.renders import FOUR_TIMES, SHARP, Array, Canvas, Emoji, render
from starter.vae_model import AutoencoderKL

log = logging.getLogger(__name__)

PATCH = 32
PICTURES, DRAWN = 320, 120


def shrunk(picture: Image.Image, scale: int, method: Resampling) -> Image.Image:
    """The picture, smaller by a factor."""
    return picture.resize((picture.width // scale, picture.height // scale), method)


def to_picture(values: Array) -> Image.Image:
    """(H, W, 3) in 0..1 as a picture."""
    return Image.fromarray((values * 255).round().astype(np.uint8))


class Softener:
    """The starter's own VAE, which gives small pictures the look of those that it draws."""

    def __init__(self, checkpoint: Path) -> None:
        prefix = "first_stage_model."
        state = {k.removeprefix(prefix): v.float() for k, v in load_file(checkpoint).items() if k.startswith(prefix)}
        self.vae = AutoencoderKL()
        self.vae.load_state_dict(state)
        self.vae.requires_grad_(requires_grad=False).eval()

    @torch.inference_mode()
    def __call__(self, picture: Image.Image, noise: float, generator: torch.Generator) -> Image.Image:
        """A round trip, with a little noise on the latents, as a UNet's errors are."""
        pixels = torch.from_numpy(np.asarray(picture, np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        z = self.vae.encode(pixels)
        z = z + noise * z.std(dim=(0, 2, 3), keepdim=True) * torch.randn(z.shape, generator=generator)
        out = wiring.fast_decode(self.vae.decoder, self.vae.post_quant_conv(z))
        return to_picture(((out[0] + 1) / 2).clamp(0, 1).permute(1, 2, 0).numpy())


FILTERS = (Resampling.BICUBIC, Resampling.LANCZOS, Resampling.BOX, Resampling.BILINEAR, Resampling.HAMMING)


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    """The picture as JPEG leaves it."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def grainy(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Mild noise, then mild JPEG, each in half of the cases."""
    if rng.random() < 0.5:
        values = np.asarray(picture, np.float32)
        noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(1, 6), values.shape)
        picture = Image.fromarray((values + noise).round().clip(0, 255).astype(np.uint8))
    return compressed(picture, rng.randint(70, 95)) if rng.random() < 0.5 else picture


@dataclass(frozen=True)
class Pair:
    """A large picture (3, scale * H, scale * W) and a small version of it (3, H, W), uint8."""

    small: Tensor
    large: Tensor

    def patch(self, rng: random.Random) -> tuple[Tensor, Tensor]:
        """The same place of both, turned and mirrored."""
        scale = self.large.shape[-1] // self.small.shape[-1]
        y, x = (rng.randint(0, side - PATCH) for side in self.small.shape[1:])
        turns, mirrored = rng.randrange(4), rng.random() < 0.5
        small = self.small[:, y : y + PATCH, x : x + PATCH]
        large = self.large[:, scale * y : scale * (y + PATCH), scale * x : scale * (x + PATCH)]
        return _turned(small, turns, mirrored=mirrored), _turned(large, turns, mirrored=mirrored)


def as_pair(small: Image.Image, large: Image.Image) -> Pair:
    """Keep two pictures as bytes."""
    a, b = (torch.from_numpy(np.array(picture)).permute(2, 0, 1) for picture in (small, large))
    return Pair(a, b)


def _turned(part: Tensor, turns: int, *, mirrored: bool) -> Tensor:
    part = part.rot90(turns, (1, 2))
    return part.flip(2) if mirrored else part


def large_picture(emoji: Emoji, seed: int, canvas: Canvas, scale: int) -> Image.Image:
    """Paint a picture; for a factor of 2 it is half as large."""
    picture = to_picture(render(emoji, random.Random(seed), canvas))
    return picture if scale == 4 else shrunk(picture, 4 // scale, Resampling.BICUBIC)


def shrunk_pairs(emoji: Emoji, scale: int) -> Iterator[Pair]:
    """Half of them made small by bicubic, the rest by any filter, some soft, grainy and compressed."""
    for seed in range(PICTURES):
        large, rng = large_picture(emoji, seed, SHARP, scale), random.Random(seed)
        yield as_pair(shrunk(large, scale, Resampling.BICUBIC), large)
        flawed = large.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.3) * scale)) if seed % 2 else large
        small = shrunk(flawed, scale, rng.choice(FILTERS))
        yield as_pair(grainy(small, rng) if seed % 2 else small, large)


def drawn_pairs(emoji: Emoji, scale: int, soften: Softener) -> Iterator[Pair]:
    """The small ones as the starter model draws them: outlines of its width, through its VAE, one in four grainy."""
    for seed in range(DRAWN):
        large, rng = large_picture(emoji, seed, FOUR_TIMES, scale), random.Random(seed)
        whole = large_picture(emoji, seed, replace(FOUR_TIMES, edge=6), 4)
        small = shrunk(whole, 4, rng.choice((Resampling.LANCZOS, Resampling.BICUBIC)))
        small = soften(small, rng.uniform(0, 0.12), torch.Generator().manual_seed(seed))
        yield as_pair(grainy(small, rng) if seed % 4 == 0 else small, large)


def prepared(cache: Path, scale: int) -> tuple[list[Pair], list[Pair]]:
    """Both kinds of pairs; painted once, which takes two minutes, and kept in the cache."""
    file = cache / f"upscaler-{scale}x-pairs.pt"
    if not file.exists():
        emoji = Emoji(cache)
        made = (list(shrunk_pairs(emoji, scale)), list(drawn_pairs(emoji, scale, Softener(PROGRAM_FOLDER / STARTER))))
        torch.save([[(pair.small, pair.large) for pair in pairs] for pairs in made], file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)
    plain, drawn = ([Pair(*tensors) for tensors in pairs] for pairs in torch.load(file))
    log.info("%d pictures, %d as the starter draws them", len(plain), len(drawn))
    return plain, drawn
