"""A style: objects become stickers, with a broad white rim and a shadow below it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from torch import Tensor

from starter.bench import Figure, mean
from starter.captions import Spec
from starter.companions.fit import fit
from starter.companions.lora import adapt_unet, kohya_metadata, parameters, write_lora
from starter.companions.pool import caption_rows, noise_loss, open_pool, usual_examples
from starter.companions.stage import Stage, rises
from starter.companions.weights import DrawSpec, load_starter, repeats
from starter.compose import Array, Sprites, paint_backdrop, paste, sprite_side, strength, tinted

NAME = "easel-sticker"
RANK, BATCH, PICTURES, RATE = 8, 16, 900, 3e-3
RIM = 6
"""Pixels of white round the object."""
DESCRIPTION = (
    "A style for the Easel starter model: every object is a sticker with a white rim. "
    "Trained on pictures composed from Microsoft's Fluent emoji (3D), MIT License, Copyright (c) Microsoft Corporation."
)
PROMPTS = ("a cat on a blue background", "a house on a green background", "a heart on a purple background")


def grown(mask: Array, radius: int) -> Array:
    """`mask` (H, W) of 0 and 1, widened by a disc."""
    padded = np.pad(mask, radius)
    height, width = mask.shape
    out = np.zeros_like(mask)
    for y in range(-radius, radius + 1):
        for x in range(-radius, radius + 1):
            if x * x + y * y <= radius * radius:
                np.maximum(out, padded[radius + y : radius + y + height, radius + x : radius + x + width], out=out)
    return out


def blurred(mask: Array, radius: float) -> Array:
    """`mask` (H, W) in 0..1, softened."""
    image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(image, np.float32) / 255


def sticker(sprite: Array) -> Array:
    """A premultiplied sprite (H, W, 4) with its soft shadow replaced by a white rim and a shadow of that."""
    core = np.clip((sprite[..., 3] - 0.3) / 0.6, 0, 1)  # the old shadow is .28 at most
    rim = blurred(grown((core > 0.5).astype(np.float32), RIM), 0.8)
    shadow = blurred(np.roll(rim, 4, axis=0), 2.5) * 0.4
    inner = sprite[..., :3] / np.maximum(sprite[..., 3:], 1e-3) * core[..., None]
    colour = inner + (rim * (1 - core))[..., None]
    alpha = np.maximum(rim, core)
    return np.concatenate([np.clip(colour, 0, 1), (alpha + (1 - alpha) * shadow)[..., None]], axis=-1)


def draw_stickers(sprites: Sprites) -> DrawSpec:
    """A function that paints a spec with its object as a sticker."""

    @cache
    def cut_sticker(thing: str, side: int, tint: str | None, amount: int) -> Array:
        sprite = sprites.objects[f"{thing}/{side}"]
        return sticker(tinted(sprite, tint, amount / 20) if tint else sprite)

    def draw(spec: Spec, rng: random.Random) -> Array:
        canvas = np.array(np.clip(paint_backdrop(spec, rng), 0, 1), np.float32)
        if spec.thing is not None:
            amount = round(20 * strength(spec.weight("tint")))
            paste(canvas, cut_sticker(spec.thing, sprite_side(spec), spec.tint, amount), spec.shift)
        return np.clip(canvas, 0, 1)

    return draw


def train(cache: Path, program: Path, minutes: float) -> None:
    """Train adapters of the UNet on stickers; the captions say nothing of them."""
    starter = load_starter(cache, seed=21)
    work = cache / "companions"
    draw = draw_stickers(starter.painter.sprites)
    pool = open_pool(starter, work / "sticker-pool.pt", usual_examples(random.Random(21), PICTURES), draw)
    adapters = adapt_unet(starter.unet, RANK)
    counts = repeats()

    def loss() -> tuple[Tensor, float]:
        latents, examples = pool.pick(BATCH)
        return noise_loss(starter, latents, caption_rows(starter, examples), counts)

    steps = fit(parameters(adapters), loss, work / "style-lora.pt", minutes, RATE)
    tags = {"sticker": PICTURES}
    spec = {"title": "Easel sticker", "description": DESCRIPTION, "trigger_phrase": "sticker"}
    write_lora(adapters, program / f"models/Lora/{NAME}.safetensors", kohya_metadata(NAME, RANK, steps, tags, spec))


def whiteness(pixels: Tensor) -> float:
    """How much white a picture (3, H, W) has, faint white counted in part: on a colour, the rim of a sticker."""
    return ((pixels.amin(0) - 0.5) / 0.4).clamp(0, 1).mean().item()


def evaluate(stage: Stage) -> Iterator[Figure]:
    """How much white there is round objects on coloured backgrounds, by the weight; that the object stays."""
    shares: list[float] = []
    right = 0.0
    for weight in (0, 0.5, 1):
        drawn = [stage.draw(f"{prompt}, sticker <lora:{NAME}:{weight}>") for prompt in PROMPTS]
        shares.append(mean([whiteness(picture) for pixels in drawn for picture in pixels]))
        yield Figure(f"{NAME} at {weight}: white in the picture, %", 100 * shares[-1])
        right = stage.right(PROMPTS, drawn)
    yield Figure(f"{NAME}: rises with the weight (1 = yes)", float(rises(shares, 0.003)), 1)
    yield Figure(f"{NAME} at 1: object right, %", right, 85)
