"""Pictures like those of the starter model, but large and sharp: what an upscaler should make of the small ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from starter import world
from starter.build_dataset import EMOJI, SHADOW_MARGIN, cut_out, find_emoji, read_emoji
from starter.compose import paste, studio, tinted
from starter.scenes import PAINTERS, edge_width, grid

Array = np.ndarray

HELD_OUT_SHARE = 12
USUAL_SIDE = 98
"""Of an object in the starter model's pictures, whose shadow has SHADOW_MARGIN."""


@dataclass(frozen=True)
class Canvas:
    """How large to paint.

    Attributes:
        side: of the picture.
        objects: the least and the greatest longest side of an object.
        edge: width of the outlines of scenes, in pixels.
    """

    side: int
    objects: tuple[int, int]
    edge: float = 1.5


SHARP = Canvas(320, (152, 256))
"""The emoji are drawn at 256 pixels: objects no larger than that are as sharp as a picture can be."""
FOUR_TIMES = Canvas(512, (336, 448))
"""The starter model's own pictures at four times their size."""


class Emoji:
    """Every 3D emoji of the data set's archive, at the size it was drawn.

    Attributes:
        world: the objects of the starter model, by name.
        others: code points of the others that are learnt from.
        held_out: code points of those that are measured with, about one in twelve.
    """

    def __init__(self, cache: Path) -> None:
        self.files = read_emoji(cache / EMOJI.file)
        self.world = {name: find_emoji(self.files, code) for name, (code, _) in world.OBJECTS.items()}
        known = set(self.world.values())
        usable = [
            code
            for code in sorted(self.files)
            if "-" not in code and not code.startswith(("1f1", "1f3f")) and self.files[code] not in known
        ]
        self.held_out = usable[::HELD_OUT_SHARE]
        self.others = [code for i, code in enumerate(usable) if i % HELD_OUT_SHARE]


def render(emoji: Emoji, rng: random.Random, canvas: Canvas, *, held_out: bool = False) -> Array:
    """A large picture (side, side, 3) in 0..1: mostly an object on a background, as the starter model draws them.

    Args:
        emoji: what is drawn.
        rng: chooses; the same things on every canvas.
        canvas: how large.
        held_out: with objects that are never learnt from.
    """
    picture = _backdrop(rng, canvas)
    if rng.random() < 0.9:
        from_world = not held_out and rng.random() < 0.5
        code = rng.choice(emoji.held_out if held_out else emoji.others)
        webp = rng.choice(list(emoji.world.values())) if from_world else emoji.files[code]
        least, most = canvas.objects
        side = round(least + (most - least) * rng.random())
        sprite = cut_out(webp, side, round(SHADOW_MARGIN * side / USUAL_SIDE))
        if rng.random() < 0.35:
            sprite = tinted(sprite, rng.choice(list(world.TINTS)), rng.uniform(0.7, 1.0))
        reach = canvas.side // 14
        paste(picture, sprite, (round(rng.uniform(-reach, reach)), round(rng.uniform(-reach, reach))))
    return np.clip(picture, 0, 1)


def _backdrop(rng: random.Random, canvas: Canvas) -> Array:
    """A plain wall, a colour or a scene, at some strength."""
    size = (canvas.side, canvas.side)
    default = np.asarray(world.DEFAULT_BACKGROUND, np.float32) * studio(*size)
    name = rng.choice([*world.SCENES] * 2 + [*world.COLOURS])
    if name in world.SCENES:
        full = _scene(name, canvas)
    else:
        full = np.asarray(world.COLOURS[name], np.float32) * rng.uniform(0.96, 1.04) * studio(*size)
    return np.array(default + (full - default) * rng.uniform(0.5, 1.0), np.float32)


@lru_cache(maxsize=64)
def _scene(name: str, canvas: Canvas) -> Array:
    with edge_width(canvas.edge / canvas.side):
        return PAINTERS[name](*grid(canvas.side, canvas.side)).astype(np.float32)
