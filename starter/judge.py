"""A small classifier of the world's pictures, trained on composed ones only, never on generated ones.

python -m starter.judge --minutes 5 --to tests/data/starter/judge.safetensors
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from starter import vae_wiring as wiring
from starter import world
from starter.captions import Spec
from starter.compose import Sprites, compose
from starter.painter import load_frozen
from starter.specs import SHIFTS
from starter.vae import to_tensor

log = logging.getLogger(__name__)

THINGS = ("nothing", *world.OBJECTS)
TINTS = ("natural", *world.TINTS)
SIDE = 64


class Judge(nn.Module):
    """Pixels (B, 3, 64, 64) in -1..1 to logits of objects (B, 25) and tints (B, 8)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 96, 128)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.GroupNorm(8, after), nn.SiLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, 192), nn.SiLU())
        self.things, self.tints = nn.Linear(192, len(THINGS)), nn.Linear(192, len(TINTS))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(pixels)
        return self.things(h), self.tints(h)


def shrink(pixels: Tensor) -> Tensor:
    """Pixels of any size (B, 3, H, W) as the judge sees them, (B, 3, 64, 64)."""
    return functional.interpolate(pixels, (SIDE, SIDE), mode="area")


def load_judge(path: Path) -> Judge:
    """The judge in a file."""
    judge = Judge()
    judge.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return judge.eval()


def examples(sprites: Sprites, rng: random.Random, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random composed pixels (B, 3, 128, 128), their objects (B,) and tints (B,)."""
    pictures, things, tints = [], [], []
    for _ in range(count):
        thing = None if rng.random() < 0.05 else rng.choice(list(world.OBJECTS))
        tint = rng.choice(list(world.TINTS)) if thing and rng.random() < 0.5 else None
        backdrop = rng.choice([None, *world.COLOURS, *world.COLOURS, *world.SCENES])
        size = rng.choice((None, None, None, "small", "big"))
        shift = rng.choice(SHIFTS) if rng.random() < 0.5 else (0, 0)
        weights = {"thing": rng.uniform(0.5, 1.5)} if rng.random() < 0.3 else {}
        pictures.append(compose(Spec(thing, backdrop, tint, size, weights, shift=shift), sprites, rng))
        things.append(THINGS.index(thing or "nothing"))
        tints.append(TINTS.index(tint or "natural"))
    return to_tensor(pictures), torch.tensor(things), torch.tensor(tints)


def roughened(pixels: Tensor, rng: random.Random) -> Tensor:
    """Blur, gain, offset and noise, so that soft pictures are judged by their shape."""
    if rng.random() < 0.4:
        pixels = functional.avg_pool2d(pixels, 3, 1, 1)
    gain = torch.empty(len(pixels), 3, 1, 1).uniform_(0.85, 1.15)
    return pixels * gain + torch.randn(len(pixels), 3, 1, 1) * 0.05 + torch.randn_like(pixels) * rng.uniform(0, 0.12)


def train_judge(cache: Path, target: Path, minutes: float, seed: int = 5) -> None:
    """Train for so many minutes of wall clock, going on from `target` if there is one; logs the share right."""
    torch.manual_seed(seed)
    sprites = Sprites(cache)
    vae, basis, _ = load_frozen(cache, sprites)
    judge = load_judge(target).train() if target.exists() else Judge()
    rng = random.Random(seed + target.exists())
    optimizer = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    begun, step = time.monotonic(), 0
    while (done := (time.monotonic() - begun) / (60 * minutes)) < 1:
        pixels, things, tints = examples(sprites, rng, 48)
        with torch.no_grad():
            z = wiring.fast_encode(vae, pixels[:4], basis.components, basis.mean)
            pixels[:4] = wiring.fast_decode(vae.decoder, vae.post_quant_conv(z)).clamp(-1, 1)
        logits = judge(roughened(shrink(pixels), rng))
        known = things > 0
        loss = functional.cross_entropy(logits[0], things) + functional.cross_entropy(logits[1][known], tints[known])
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * max(0.01, 1 - done)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            log.info("judge %3.0f%% step %d loss %.3f", 100 * done, step, loss.item())
        step += 1
    right = held_out_accuracy(judge.eval(), sprites)
    log.info("judge on fresh pictures: object %.3f, tint %.3f", *right)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in judge.state_dict().items()}, target)


@torch.no_grad()
def held_out_accuracy(judge: Judge, sprites: Sprites) -> tuple[float, float]:
    """Share of fresh pictures whose object, and whose tint, is recognised."""
    pixels, things, tints = examples(sprites, random.Random(99), 300)
    found = [logits.argmax(-1) for logits in judge(shrink(pixels))]
    known = things > 0
    return float(np.mean((found[0] == things).numpy())), float(np.mean((found[1] == tints)[known].numpy()))


def main() -> None:
    """Train the judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("starter/.cache"))
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--to", type=Path, default=Path("tests/data/starter/judge.safetensors"))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    train_judge(arguments.cache, arguments.to, arguments.minutes)


if __name__ == "__main__":
    main()
