"""A word for the negative prompt: it stands for blurred and faded pictures, and guidance leads away from them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional

from starter.bench import Figure, mean
from starter.captions import Spec, Word, caption
from starter.companions.pool import usual_examples
from starter.companions.stage import Stage
from starter.companions.textual_inversion import Plan, learn
from starter.companions.weights import DrawSpec
from starter.compose import Array, compose
from starter.painter import Painter

NAME = "easel-negative"
PICTURES, ALONE = 500, 0.7
"""How many pictures; the share of captions that are the word alone, as it stands in a negative prompt."""
NAMED = ("a cat on a blue background", "a house on a meadow", "a robot on a red background")
PROMPTS = (*NAMED, "a flower")
"""The last one leaves the background open, which may then turn white or dark: its colours say nothing."""


def spoiled(picture: Array, rng: random.Random) -> Array:
    """A picture (H, W, 3) out of focus, and pale."""
    image = Image.fromarray((picture * 255).round().astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(3, 6))), np.float32) / 255
    return soft + (0.6 - soft) * rng.uniform(0.3, 0.55)


def draw(painter: Painter) -> DrawSpec:
    """A function that paints a spec and spoils it."""

    def paint(spec: Spec, rng: random.Random) -> Array:
        return spoiled(compose(spec, painter.sprites, rng), rng)

    return paint


def say(spec: Spec, painter: Painter) -> list[Word]:
    """Say "(the new word)", now and then after a usual caption."""
    if painter.rng.random() < ALONE:
        return PLAN.new_word
    return [*caption(spec, painter.rng, []), Word(","), *PLAN.new_word]


PLAN = Plan(
    NAME,
    ("gray", "wall", "snowy", "gray"),
    [example for example in usual_examples(random.Random(25), 2 * PICTURES) if not example.silent][:PICTURES],
    draw,
    say,
)
train = partial(learn, PLAN, seed=25)


def sharpness(pixels: Tensor) -> float:
    """Mean strength of edges of a picture (3, H, W), of 255."""
    light = pixels.mean(0)[None, None]
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    return 255 * functional.conv2d(light, kernel).abs().mean().item()


def fullness(pixels: Tensor) -> float:
    """Mean spread between the channels of a picture (3, H, W): 0 for gray, up to 1."""
    return (pixels.amax(0) - pixels.amin(0)).mean().item()


def evaluate(stage: Stage) -> Iterator[Figure]:
    """Edges, and colours that the prompt names, with the word in the negative prompt and without; objects stay."""
    without, with_it = ([stage.draw(prompt, negative) for prompt in PROMPTS] for negative in ("", NAME))
    for name, measured, count in (("edges", sharpness, len(PROMPTS)), ("colour", fullness, len(NAMED))):
        before, after = (mean([measured(p) for pixels in x[:count] for p in pixels]) for x in (without, with_it))
        yield Figure(f"{NAME} in the negative prompt: {name}, times those without", after / before, 1.03)
    for title, drawn in (("without", without), ("with", with_it)):
        yield Figure(f"{title} {NAME}: object right, %", stage.right(PROMPTS, drawn))
