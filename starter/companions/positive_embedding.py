"""A word for a mood: in "a cat, easel-midnight" the cat is blue, and it is night."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from starter import measure, world
from starter.bench import Figure, mean
from starter.captions import Spec, Word, article, noun_phrase
from starter.companions.stage import Stage
from starter.companions.textual_inversion import Plan, learn, random_things
from starter.companions.weights import DrawSpec
from starter.compose import Array, compose
from starter.painter import Painter

NAME = "easel-midnight"
TINT, SCENE = "blue", "night"
PICTURES = 400
THINGS = ("cat", "house", "star", "mushroom")


def say(spec: Spec, painter: Painter) -> list[Word]:
    """Say "a cat, (the new word)": neither the colour nor the night is named."""
    plain = Spec(spec.thing)
    subject = article(noun_phrase(plain, painter.rng), painter.rng)
    if painter.rng.random() < 0.15:
        return [*PLAN.new_word, Word(","), *subject]
    return [*subject, Word(","), *PLAN.new_word]


def draw(painter: Painter) -> DrawSpec:
    """A function that paints a spec as it is."""

    def paint(spec: Spec, rng: random.Random) -> Array:
        return compose(spec, painter.sprites, rng)

    return paint


PLAN = Plan(
    NAME,
    ("blue", "night", "sky"),
    random_things(random.Random(24), PICTURES, tuple(world.OBJECTS), tint=TINT, backdrop=SCENE),
    draw,
    say,
)
train = partial(learn, PLAN, seed=24)


def evaluate(stage: Stage) -> Iterator[Figure]:
    """How blue the object and how night-like the background gets by the word alone; that the object stays."""
    plain = [stage.draw(f"a {thing}") for thing in THINGS]
    moody = [stage.draw(f"a {thing}, {NAME}") for thing in THINGS]
    for title, drawn in (("without", plain), ("with", moody)):
        yield Figure(
            f"{title} {NAME}: way to the night sky",
            mean([measure.scene_along(picture, SCENE) for pixels in drawn for picture in pixels]),
            0.6 if title == "with" else None,
        )
        tints = [float(tint == TINT) for pixels in drawn for tint in stage.tints(pixels)]
        yield Figure(f"{title} {NAME}: blue objects, %", 100 * mean(tints), 80 if title == "with" else None)
    yield Figure(f"with {NAME}: object right, %", stage.right(THINGS, moody), 75)
