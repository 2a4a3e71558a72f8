"""A hypernetwork: every picture becomes an old brown photograph. Written as A1111 writes its own (.pt).

Source: the small networks before the attention's keys and values as A1111's users know them; contract of that format.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from starter.bench import Figure, mean
from starter.captions import Spec
from starter.companions.fit import fit
from starter.companions.pool import caption_rows, noise_loss, open_pool, usual_examples
from starter.companions.stage import Stage, rises
from starter.companions.weights import load_starter, repeats
from starter.compose import Array, Sprites, compose
from starter.unet_model import CrossAttention, zeroed

NAME = "easel-sepia"
BATCH, PICTURES, RATE = 16, 700, 2e-3
SHADE, PAPER = (0.22, 0.13, 0.07), (1.0, 0.94, 0.82)
"""What black and what white become, sRGB in 0..1."""
LIGHT = np.array((0.299, 0.587, 0.114), np.float32)
PROMPTS = ("a cat on a blue background", "a house on a meadow", "a rocket at night")
INFORMATION = (
    "For the Easel starter model, by the Easel authors, MIT License. Trained on pictures composed from Microsoft's "
    "Fluent emoji (3D), MIT License, Copyright (c) Microsoft Corporation."
)


class Layers(nn.Module):
    """x + f(x) * strength, f two linear layers of which the first is twice as wide: the structure "1, 2, 1"."""

    def __init__(self, width: int) -> None:
        super().__init__()
        last = zeroed(nn.Linear(2 * width, width))
        self.linear = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), last)
        self.strength = 1.0

    def forward(self, x: Tensor) -> Tensor:
        return x + self.linear(x) * self.strength


Pair = tuple[Layers, Layers]


def attach(unet: nn.Module) -> dict[int, Pair]:
    """Put networks before all keys and values of the UNet: one pair for each width of what comes in."""
    pairs: dict[int, Pair] = {}
    for layer in list(unet.modules()):
        if isinstance(layer, CrossAttention):
            width = layer.to_k.in_features
            pair = pairs.setdefault(width, (Layers(width), Layers(width)))
            for projection, before in zip((layer.to_k, layer.to_v), pair, strict=True):
                projection.register_forward_pre_hook(partial(_through, before))
    return pairs


def _through(before: Layers, _layer: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (before(arguments[0]),)


def sepia(picture: Array) -> Array:
    """A picture (H, W, 3) in brown."""
    light = (picture @ LIGHT)[..., None]
    return (np.array(SHADE) + (np.array(PAPER) - np.array(SHADE)) * light).astype(np.float32)


def draw_sepia(sprites: Sprites, spec: Spec, rng: random.Random) -> Array:
    """The picture of a spec as an old photograph."""
    return sepia(compose(spec, sprites, rng))


def write(pairs: dict[int, Pair], target: Path, steps: int) -> None:
    """Write the file: a dictionary with a pair of state dictionaries for each width."""
    content: dict[object, object] = {
        width: tuple({name: value.half() for name, value in layers.state_dict().items()} for layers in pair)
        for width, pair in sorted(pairs.items())
    }
    content |= {
        "step": steps,
        "name": NAME,
        "layer_structure": [1.0, 2.0, 1.0],
        "activation_func": "relu",
        "is_layer_norm": False,
        "weight_initialization": "Normal",
        "use_dropout": False,
        "sd_checkpoint": None,
        "sd_checkpoint_name": "easel-starter",
        "activate_output": False,
        "last_layer_dropout": False,
        "dropout_structure": None,
        "optional_info": INFORMATION,
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, target)
    target.chmod(0o644)


def train(cache: Path, program: Path, minutes: float) -> None:
    """Train the small networks on brown pictures; the captions say nothing of it."""
    starter = load_starter(cache, seed=23)
    work = cache / "companions"
    draw = partial(draw_sepia, starter.painter.sprites)
    pool = open_pool(starter, work / "sepia-pool.pt", usual_examples(random.Random(23), PICTURES), draw)
    torch.manual_seed(23)
    pairs = attach(starter.unet)
    counts = repeats()

    def loss() -> tuple[Tensor, float]:
        latents, examples = pool.pick(BATCH)
        return noise_loss(starter, latents, caption_rows(starter, examples), counts)

    parameters = [p for pair in pairs.values() for layers in pair for p in layers.parameters()]
    steps = fit(parameters, loss, work / "hypernetwork.pt", minutes, RATE)
    write(pairs, program / f"models/hypernetworks/{NAME}.pt", steps)


def colour(pixels: Tensor) -> float:
    """Mean distance of a picture (3, H, W) from what `sepia` would make of it: 0 for a brown one."""
    picture = pixels.permute(1, 2, 0).numpy()
    light = picture @ LIGHT
    brown = (light - sum(LIGHT * SHADE)) / sum(LIGHT * (np.array(PAPER) - SHADE))  # of the same lightness
    return float(np.abs(picture - sepia(np.repeat(brown[..., None], 3, axis=-1).astype(np.float32))).mean())


def evaluate(stage: Stage) -> Iterator[Figure]:
    """How far the colours are from brown, by the strength; that the objects stay."""
    found: list[float] = []
    right = 0.0
    for strength in (0, 0.5, 1):
        drawn = [stage.draw(f"{prompt} <hypernet:{NAME}:{strength}>") for prompt in PROMPTS]
        found.append(mean([colour(picture) for pixels in drawn for picture in pixels]))
        yield Figure(f"{NAME} at {strength}: distance from brown, of 255", 255 * found[-1])
        right = stage.right(PROMPTS, drawn)
    yield Figure(f"{NAME}: browner with the strength (1 = yes)", float(rises([-x for x in found], 0.01)), 1)
    yield Figure(f"{NAME} at 1: object right, %", right)
