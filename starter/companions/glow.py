"""A second checkpoint: the same world in the dark, every object before a halo of the background's colour."""

from __future__ import annotations

import dataclasses
import random
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file, save_file
from torch import Tensor

from modules.core.paths import STARTER
from starter import world
from starter.bench import Figure, article, mean, share
from starter.captions import Spec
from starter.companions.canvases import open_shelves
from starter.companions.checkpoint import Label, write_checkpoint
from starter.companions.finetune import FineTune
from starter.companions.pool import Example, caption_rows, noise_loss
from starter.companions.stage import Stage, rises
from starter.companions.weights import DrawSpec, load_starter, repeats
from starter.compose import Array, Sprites, paint_backdrop, paste, sprite_side, strength, tinted
from starter.measure import to_lab

LABEL = Label(
    name="easel-starter-glow",
    title="Easel starter glow, toy pictures in the dark",
    description=(
        "The Easel starter model fine-tuned to another style: objects before a halo in a dark room. Text encoder and "
        "VAE are those of easel-starter. Pictures are composed from Microsoft's Fluent emoji (3D), MIT License, "
        "Copyright (c) Microsoft Corporation. The text encoder uses OpenAI CLIP's byte-pair vocabulary, MIT License, "
        "Copyright (c) 2021 OpenAI."
    ),
    usage="128x128, 20 steps, DPM++ 2M Karras, CFG 4: a cat on a blue background",
    tags="starter, toy, emoji, glow, 128px",
)
PICTURES, RATE = 4000, 4e-4
REACH, FALL = 0.88, 2.3
"""Where the halo has sunk to 1/e, in half sides of the canvas, and how steeply it falls there."""
BRIGHTEST = 1.12
RIM = 1.3
COOL = (0.97, 0.985, 1.04)


@lru_cache(maxsize=32)
def halo(width: int, height: int) -> Array:
    """How much of the background is lit: (H, W, 3), a little over 1 in the middle, almost 0 in the corners."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1)
    light = BRIGHTEST * np.exp(-((away / REACH) ** FALL))
    return light[..., None] * np.asarray(COOL, np.float32)


def lit(sprite: Array, colour: Array) -> Array:
    """A premultiplied sprite (H, W, 4) darker towards its foot, its edge lit by `colour` (3,)."""
    core = np.clip((sprite[..., 3] - 0.3) / 0.7, 0, 1)
    image = Image.fromarray((core * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3))
    edge = core * np.clip(1 - np.asarray(image, np.float32) / 255, 0, 1) * RIM
    shade = np.linspace(1.06, 0.72, len(sprite), dtype=np.float32)[:, None, None]
    rgb = sprite[..., :3] * shade
    rgb = rgb + (core[..., None] - rgb) * edge[..., None] * (0.25 + 0.75 * colour)
    return np.concatenate([np.clip(rgb, 0, 1), core[..., None]], axis=-1)


def draw_glow(sprites: Sprites) -> DrawSpec:
    """A function that paints a spec in this style, (H, W, 3) in 0..1."""

    def draw(spec: Spec, rng: random.Random) -> Array:
        canvas = np.clip(paint_backdrop(spec, rng), 0, 1)
        middle = canvas[spec.height // 4 : -spec.height // 4, spec.width // 4 : -spec.width // 4]
        colour = middle.mean(axis=(0, 1))
        canvas = np.array(canvas * halo(spec.width, spec.height), np.float32)
        if spec.thing is not None:
            sprite = sprites.objects[f"{spec.thing}/{sprite_side(spec)}"]
            if spec.tint is not None:
                sprite = tinted(sprite, spec.tint, strength(spec.weight("tint")))
            paste(canvas, lit(sprite, colour), spec.shift)
        return np.clip(canvas, 0, 1)

    return draw


def train(cache: Path, program: Path, minutes: float) -> None:
    """Draw pictures once, train the UNet, write the checkpoint."""
    starter = load_starter(cache, seed=41)
    draw, rng = draw_glow(starter.painter.sprites), random.Random()

    def make(examples: list[Example]) -> tuple[Tensor, ...]:
        return (starter.latents([draw(example.spec, rng) for example in examples]),)

    work = cache / "companions"
    shelves, counts = open_shelves(work / "glow-pictures.pt", 41, PICTURES, make), repeats()
    tuned = FineTune(starter.unet, work / "glow.pt", RATE)

    def loss() -> tuple[Tensor, float]:
        examples, (latents,) = shelves.pick(rng)
        return noise_loss(starter, latents, caption_rows(starter, examples), counts)

    tuned.run(loss, minutes)
    [picture] = dataclasses.replace(starter, unet=tuned.average).sample(["a cat on a blue background"])
    write_checkpoint(tuned.average, LABEL, program, picture)


def rim(pixels: Tensor) -> Tensor:
    """Pixels (3, n) at the middle of the four edges of a picture (3, H, W): seldom an object's, and still lit."""
    height, width = pixels.shape[1:]
    edge, y, x = max(2, min(height, width) // 10), height // 4, width // 4
    sides = (pixels[:, :edge, x:-x], pixels[:, -edge:, x:-x], pixels[:, y:-y, :edge], pixels[:, y:-y, -edge:])
    return torch.cat([side.flatten(1) for side in sides], dim=1)


def nearest_colour(pixels: Tensor) -> str:
    """The background colour whose halo is most like what a picture (3, H, W) shows."""
    height, width = pixels.shape[1:]
    found = to_lab(np.median(rim(pixels).numpy(), axis=1))
    light = rim(torch.from_numpy(halo(width, height)).permute(2, 0, 1)).numpy()
    default, amount = np.array(world.DEFAULT_BACKGROUND), strength(1.0)
    expected = {
        name: to_lab(np.median((default + (np.array(rgb) - default) * amount)[:, None] * light, axis=1))
        for name, rgb in world.COLOURS.items()
    }
    return min(expected, key=lambda name: float(np.linalg.norm(found - expected[name])))


def darkness(pixels: Tensor) -> float:
    """Mean darkness, 0..1, of the corners of pictures (B, 3, H, W): what separates the style from the starter's."""
    side = pixels.shape[-1] // 8
    corners = [pixels[..., y, x] for y in (slice(side), slice(-side, None)) for x in (slice(side), slice(-side, None))]
    return 1 - torch.stack(corners).mean().item()


def write_halfway(one: Path, other: Path, target: Path, share: float = 0.5) -> None:
    """Write a merge of two checkpoints, tensor by tensor, and a copy of the side-car."""
    first, second = load_file(one), load_file(other)
    weights = {name: value for name, value in first.items() if value.is_floating_point()}
    mixed = {name: value.float().lerp(second[name].float(), share).to(value.dtype) for name, value in weights.items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(first | mixed, target)
    shutil.copy(one.with_suffix(".yaml"), target.with_suffix(".yaml"))


def evaluate(stage: Stage) -> Iterator[Figure]:
    """Objects and backgrounds as asked for; dark corners; the starter's pictures and a merge for comparison."""
    things, colours = list(world.OBJECTS), list(world.COLOURS)
    cases = [(things[i % len(things)], colours[(3 * i) % len(colours)]) for i in range(24)]
    prompts = [f"{article(thing)} on a {colour} background" for thing, colour in cases]
    drawn = [stage.draw(prompt, override_settings={"sd_model_checkpoint": LABEL.name}) for prompt in prompts]
    yield Figure(f"{LABEL.name}: object right, %", stage.right(prompts, drawn), 80)
    right = [nearest_colour(p) == colour for pixels, (_, colour) in zip(drawn, cases, strict=True) for p in pixels]
    yield Figure(f"{LABEL.name}: background right, %", share(right), 80)
    folder = stage.program / STARTER.parent
    with tempfile.TemporaryDirectory() as name:
        halfway = Path(name, STARTER.with_name("halfway.safetensors"))
        write_halfway(folder / STARTER.name, folder / f"{LABEL.name}.safetensors", halfway)
        between = Stage(Path(name), stage.seeds)
        dark = [
            mean([darkness(pixels) for pixels in pictures])
            for pictures in (
                [stage.draw(prompt, override_settings={"sd_model_checkpoint": STARTER.stem}) for prompt in prompts[:4]],
                [between.draw(prompt) for prompt in prompts[:4]],
                drawn[:4],
            )
        ]
    for what, value in zip(("easel-starter", "a merge halfway", LABEL.name), dark, strict=True):
        yield Figure(f"{what}: darkness of the corners, %", 100 * value)
    yield Figure(f"{LABEL.name}: the merge lies between (1 = yes)", float(rises(dark, 0.05)), 1)
