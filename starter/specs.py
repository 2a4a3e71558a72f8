"""What the training pictures are drawn from: random `Spec`s, without the held-out combinations."""

from __future__ import annotations

import random
from itertools import product

from starter import world
from starter.captions import Spec

NATIVE = 128
# Other canvases, (width, height), multiples of 64, each with its share of the batches that are not native.
OTHER_CANVASES = (
    ((128, 192), 3),
    ((192, 128), 3),
    ((192, 192), 3),
    ((256, 256), 2),
)
THINGS = tuple(world.OBJECTS)
SHIFTS = tuple(product((-16, -8, 0, 8, 16), repeat=2))


def random_canvas(rng: random.Random, other_share: float) -> tuple[int, int]:
    """A canvas size (width, height): native, or another one with probability `other_share`."""
    if rng.random() >= other_share:
        return NATIVE, NATIVE
    sizes, shares = zip(*OTHER_CANVASES, strict=True)
    return rng.choices(sizes, shares)[0]


def random_weights(spec: Spec, rng: random.Random) -> dict[str, float]:
    """Emphasis for one or two of the parts that the caption names, evenly over .45 to 1.55."""
    parts = [part for part in ("thing", "backdrop", "tint") if getattr(spec, part) is not None]
    chosen = rng.sample(parts, min(len(parts), rng.choice((1, 1, 2))))
    return {part: rng.uniform(0.45, 1.55) for part in chosen}


def random_spec(rng: random.Random, canvas: tuple[int, int], *, emphasis_share: float = 0.25) -> Spec:
    """A random picture: 12 % background alone, 12 % without a named background, nearly half tinted."""
    thing = None if rng.random() < 0.12 else rng.choice(THINGS)
    backdrop = rng.choice(list(world.COLOURS)) if rng.random() < 0.7 else rng.choice(list(world.SCENES))
    tint = rng.choice(list(world.TINTS)) if rng.random() < 0.45 else None
    if thing is None:
        return Spec(None, backdrop, width=canvas[0], height=canvas[1])
    if world.is_held_out(thing, backdrop) or rng.random() < 0.12:
        backdrop = None
    if tint is not None and (world.is_held_out_tint(thing, tint) or tint == backdrop):
        tint = None
    size = rng.choice(("small", "big")) if rng.random() < 0.12 else None
    shift = (0, 0) if rng.random() < 0.8 else rng.choice(SHIFTS)
    spec = Spec(thing, backdrop, tint, size, {}, *canvas, shift)
    if rng.random() >= emphasis_share:
        return spec
    return Spec(thing, backdrop, tint, size, random_weights(spec, rng), *canvas, shift)


SIMPLE = ("sun", "star", "heart", "apple", "moon", "house")


def random_default(rng: random.Random, canvas: tuple[int, int]) -> Spec:
    """A simple object on the plain wall: what the model should draw when the prompt says nothing that it knows."""
    return Spec(rng.choice(SIMPLE), None, width=canvas[0], height=canvas[1])
