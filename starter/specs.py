"""What the training pictures are drawn from: random `Spec`s, without the held-out combinations."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

from starter import world
from starter.captions import Spec

NATIVE = 128
# Other canvases, (width, height), multiples of 64, each with its share of the batches that are not native.
OTHER_CANVASES = (
    ((128, 192), 5),
    ((192, 128), 5),
    ((192, 192), 1),
    ((256, 256), 1),
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
    if spec.unsaid:
        parts.remove("backdrop")
    chosen = rng.sample(parts, min(len(parts), rng.choice((1, 1, 2))))
    return {part: rng.uniform(0.45, 1.55) for part in chosen}


def random_spec(rng: random.Random, canvas: tuple[int, int], *, emphasis_share: float = 0.25) -> Spec:
    """A random picture: a fifth without an object, a fifth without a named background, nearly half tinted."""
    thing = None if rng.random() < 0.2 else rng.choice(THINGS)
    plain = rng.random() < (0.7 if thing else 0.4)
    backdrop = rng.choice(list(world.COLOURS)) if plain else rng.choice(list(world.SCENES))
    tint = rng.choice(list(world.TINTS)) if rng.random() < 0.45 else None
    if thing is None:
        return Spec(None, backdrop, width=canvas[0], height=canvas[1])
    unsaid = False
    if world.is_held_out(thing, backdrop) or rng.random() < 0.2:
        backdrop = random_unsaid(thing, rng)
        unsaid = backdrop is not None
    if tint is not None and (world.is_held_out_tint(thing, tint) or tint == backdrop):
        tint = None
    size = rng.choice(("small", "big")) if rng.random() < 0.12 else None
    shift = (0, 0) if rng.random() < 0.8 else rng.choice(SHIFTS)
    spec = Spec(thing, backdrop, tint, size, {}, *canvas, shift, unsaid)
    return spec if rng.random() >= emphasis_share else replace(spec, weights=random_weights(spec, rng))


def random_unsaid(thing: str, rng: random.Random) -> str | None:
    """What lies behind an object when the caption does not say: half the time the wall (None), else some colour."""
    if rng.random() < 0.5:
        return None
    return rng.choice([colour for colour in world.COLOURS if not world.is_held_out(thing, colour)])


SIMPLE = ("sun", "star", "heart", "apple", "moon")


def random_default(rng: random.Random, canvas: tuple[int, int]) -> Spec:
    """A simple object on the plain wall: what the model should draw when the prompt says nothing that it knows."""
    return Spec(rng.choice(SIMPLE), None, width=canvas[0], height=canvas[1])
