"""Paint a `Spec`: a background, then the object on it. Numpy in, numpy out; pictures are (H, W, 3) in 0..1."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

import numpy as np

from starter import world
from starter.build_dataset import SPRITE_SIZES
from starter.captions import Spec
from starter.scenes import paint_scene

Array = np.ndarray


class Sprites:
    """The objects cut out by `build_dataset`, as premultiplied RGBA (H, W, 4)."""

    def __init__(self, cache: Path) -> None:
        with np.load(cache / "sprites.npz") as file:
            self.objects = {key: file[key].astype(np.float32) for key in file.files}
        with np.load(cache / "extra.npz") as file:
            self.extra = [file[key].astype(np.float32) for key in file.files]


def strength(weight: float) -> float:
    """How much of a named colour shows at an emphasis: .54 at .6, .9 at 1, 1 from 1.5 on."""
    return 0.9 * weight if weight <= 1 else min(1.0, 0.9 + 0.2 * (weight - 1))


def sprite_side(spec: Spec) -> int:
    """The object's longest side: by the canvas, the size word and the object's own emphasis."""
    short = min(spec.width, spec.height)
    level = 2 if short < 112 else 3 if short < 144 else 5
    level += {"small": -2, "big": 2, None: 0}[spec.size]
    level += round((spec.weight("thing") - 1) * 4)
    fitting = [side for side in SPRITE_SIZES if side <= 0.9 * short]
    return fitting[max(0, min(level, len(fitting) - 1))]


@lru_cache(maxsize=64)
def studio(width: int, height: int) -> Array:
    """Brightness of a plain wall, a little lighter at the top: (H, W, 1) around 1."""
    rows = np.linspace(1.04, 0.95, height, dtype=np.float32)[:, None, None]
    return np.broadcast_to(rows, (height, width, 1))


def paint_backdrop(spec: Spec, rng: random.Random) -> Array:
    """The background at the strength its word's emphasis asks for."""
    default = np.asarray(world.DEFAULT_BACKGROUND, np.float32) * studio(spec.width, spec.height)
    if spec.backdrop is None:
        return default
    if spec.backdrop in world.SCENES:
        full = paint_scene(spec.backdrop, spec.width, spec.height)
    else:
        colour = np.asarray(world.COLOURS[spec.backdrop], np.float32)
        colour = colour * rng.uniform(0.96, 1.04) + rng.uniform(-0.015, 0.015)
        full = colour * studio(spec.width, spec.height)
    # Alone it is fuller than behind an object, so that in a negative prompt it may lead away from its colour.
    amount = strength(spec.weight("backdrop")) if spec.thing else 1.0
    return default + (full - default) * amount


def tinted(sprite: Array, tint: str, amount: float) -> Array:
    """`sprite` recoloured toward a hue, keeping its light and shade."""
    alpha = np.maximum(sprite[..., 3:], 1e-4)
    rgb = np.clip(sprite[..., :3] / alpha, 0, 1)
    value = rgb.max(-1, keepdims=True)
    saturation = np.maximum(1 - rgb.min(-1, keepdims=True) / np.maximum(value, 1e-4), 0.7)
    light = np.clip(value * 1.05, 0, 1)
    coloured = light * (1 - saturation * (1 - np.asarray(world.TINTS[tint], np.float32)))
    rgb = rgb + (coloured - rgb) * amount
    return np.concatenate([rgb * sprite[..., 3:], sprite[..., 3:]], axis=-1)


def paste(canvas: Array, sprite: Array, shift: tuple[int, int]) -> None:
    """Lay a sprite on the canvas (in place), centred and then moved by `shift` (x, y); what sticks out is cut."""
    height, width = canvas.shape[:2]
    top = (height - sprite.shape[0]) // 2 + shift[1]
    left = (width - sprite.shape[1]) // 2 + shift[0]
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + sprite.shape[0], height), min(left + sprite.shape[1], width)
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
    canvas[y0:y1, x0:x1] = canvas[y0:y1, x0:x1] * (1 - part[..., 3:]) + part[..., :3]


def compose(spec: Spec, sprites: Sprites, rng: random.Random) -> Array:
    """The picture of `spec`, (H, W, 3) in 0..1."""
    canvas = paint_backdrop(spec, rng)
    canvas = np.array(np.clip(canvas, 0, 1), np.float32)
    if spec.thing is not None:
        sprite = sprites.objects[f"{spec.thing}/{sprite_side(spec)}"]
        if spec.tint is not None:
            sprite = tinted(sprite, spec.tint, strength(spec.weight("tint")))
        paste(canvas, sprite, spec.shift)
    return np.clip(canvas, 0, 1)
