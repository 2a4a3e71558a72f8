"""Upscalers for what the starter model draws: Real-ESRGAN's compact network, trained from scratch.

python -m starter.companions.train upscaler-4x
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from PIL.Image import Resampling
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from modules.core.flags import PROGRAM_FOLDER
from modules.enhance.upscalers import UPSCALERS, upscale
from starter.bench import Figure, mean
from starter.companions.fit import fit
from starter.companions.renders import Canvas, Emoji, render
from starter.companions.upscaler_pairs import Pair, prepared, shrunk, to_picture
from starter.vae import picture_loss

if TYPE_CHECKING:  # it imports the whole program
    from starter.companions.stage import Stage

WIDTH, LAYERS = 64, 5
BATCH, DRAWN_IN_BATCH, BICUBIC_IN_BATCH = 8, 3, 3
RATE = 1e-3
HELD_OUT = PROGRAM_FOLDER / "tests/data/starter/held-out.webp"
HEADER = {
    "format": "pt",
    "modelspec.sai_model_spec": "1.0.0",
    "modelspec.architecture": "Real-ESRGAN compact",
    "modelspec.implementation": "https://github.com/xinntao/Real-ESRGAN",
    "modelspec.author": "The Easel authors",
    "modelspec.license": "MIT",
    "modelspec.description": (
        "Enlarges the pictures of the Easel starter model and others like them: shaded shapes with clear edges. "
        "Trained from scratch on pictures composed from Microsoft's Fluent emoji (3D), MIT License, Copyright (c) "
        "Microsoft Corporation. The network's layout is Real-ESRGAN's compact one, BSD-3-Clause, Copyright (c) 2021, "
        "Xintao Wang."
    ),
}


class CompactNetwork(nn.Module):
    """Convolutions at the small size, then pixel shuffle, added to the picture enlarged by nearest neighbours.

    Source: SRVGGNetCompact of Real-ESRGAN (Wang et al. 2021, arXiv:2107.10833; BSD-3), in its names, by which loaders
    know it: body.0.weight, body.1.weight, ...
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, WIDTH, 3, padding=1), nn.PReLU(WIDTH)]
        for _ in range(LAYERS):
            layers += [nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.PReLU(WIDTH)]
        last = nn.Conv2d(WIDTH, 3 * scale * scale, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.body = nn.ModuleList([*layers, last])
        self.scale = scale

    def features(self, x: Tensor) -> Tensor:
        """What the last layer sees, (B, WIDTH, H, W)."""
        for layer in self.body[:-1]:
            x = layer(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge pixels (B, 3, H, W) in 0..1."""
        h = self.body[-1](self.features(x))
        return functional.pixel_shuffle(h, self.scale).float() + functional.interpolate(x, scale_factor=self.scale)


CARRIED = 27
"""Channels that begin as a place's neighbourhood of 3 x 3 pixels, passed on through all layers."""


@torch.no_grad()
def start(network: CompactNetwork, pairs: list[Pair]) -> None:
    """Make the network a good filter of small neighbourhoods, from which the rest is learnt in few steps.

    Some channels pass the picture on, for a PReLU of slope 1 lets a value pass as it is; one is 1 everywhere, and so
    tells where the picture ends; the others are random. The last layer is solved for.
    """
    *inner, _ = (layer for layer in network.body if isinstance(layer, nn.Conv2d))
    for number, layer in enumerate(inner):
        layer.weight[: CARRIED + 1] = 0
        layer.bias[: CARRIED + 1] = 0
        layer.bias[CARRIED] = 1
        for channel in range(CARRIED):
            colour, place = divmod(channel, 9)
            source = (colour, place // 3, place % 3) if number == 0 else (channel, 1, 1)
            layer.weight[channel][source] = 1
    for layer in network.body:
        if isinstance(layer, nn.PReLU):
            layer.weight[:CARRIED] = 1
    solve_last(network, pairs)


@torch.no_grad()
def solve_last(network: CompactNetwork, pairs: list[Pair], count: int = 32) -> None:
    """Give the last layer the weights of the least squared error, whatever the layers before it compute."""
    last = network.body[-1]
    size = 9 * last.in_channels + 1
    squares = torch.zeros(size, size, dtype=torch.float64)
    products = torch.zeros(size, last.out_channels, dtype=torch.float64)
    for pair in pairs[:: max(1, len(pairs) // count)]:
        small, large = pair.small[None].float() / 255, pair.large[None].float() / 255
        columns = functional.unfold(network.features(small), 3, padding=1)[0]
        columns = torch.cat([columns, torch.ones(1, columns.shape[1])])
        added = functional.pixel_unshuffle(large, network.scale) - small.repeat_interleave(network.scale**2, dim=1)
        squares += (columns @ columns.T).double()
        products += (columns @ added[0].flatten(1).T).double()
    squares += 1e-6 * squares.diagonal().mean() * torch.eye(size, dtype=torch.float64)
    solution = torch.linalg.solve(squares, products).T.float()
    last.weight.copy_(solution[:, :-1].reshape(last.weight.shape))
    last.bias.copy_(solution[:, -1])


def train_scale(cache: Path, scale: int, minutes: float) -> CompactNetwork:
    """Train, going on from `upscaler-<scale>x.pt` in the cache."""
    torch.manual_seed(0)
    network = CompactNetwork(scale)
    plain, drawn = prepared(cache, scale)
    bicubic, other = plain[::2], plain[1::2]
    start(network, bicubic)
    rng = random.Random()
    kinds = [drawn] * DRAWN_IN_BATCH + [bicubic] * BICUBIC_IN_BATCH
    kinds += [other] * (BATCH - len(kinds))

    def loss_of_batch() -> tuple[Tensor, float]:
        patches = [rng.choice(kind).patch(rng) for kind in kinds]
        small, large = (torch.stack(parts).float() / 255 for parts in zip(*patches, strict=True))
        with torch.autocast("cpu", torch.bfloat16):
            made = network(small)
        loss = picture_loss(made, large)
        return loss, loss.item()

    fit(list(network.parameters()), loss_of_batch, cache / f"upscaler-{scale}x.pt", minutes, RATE)
    return network.eval()


def export(network: CompactNetwork, scale: int, target: Path) -> None:
    """Write the file in half precision, with whose work is in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, target, HEADER | {"modelspec.title": f"Easel starter upscaler {scale}x"})
    target.chmod(0o644)


def file_of(scale: int) -> Path:
    """Where the program looks for it."""
    return Path(f"models/RealESRGAN/{scale}x-Easel-Starter.safetensors")


def train(cache: Path, program: Path, minutes: float, scale: int = 4) -> None:
    """Train the one that enlarges four times, and write it."""
    export(train_scale(cache, scale, minutes), scale, program / file_of(scale))


def write_held_out(cache: Path) -> None:
    """Write the large pictures that `evaluate` measures with, of emoji that are never learnt from."""
    emoji = Emoji(cache)
    sheet = Image.new("RGB", (768, 512))
    for i in range(6):
        picture = render(emoji, random.Random(1000 + i), Canvas(256, (128, 200)), held_out=True)
        sheet.paste(to_picture(picture), (256 * (i % 3), 256 * (i // 3)))
    sheet.save(HELD_OUT, lossless=True, quality=100, method=6)


def held_out() -> list[Image.Image]:
    """The six large pictures, 256 x 256."""
    sheet = Image.open(HELD_OUT).convert("RGB")
    return [sheet.crop((x, y, x + 256, y + 256)) for y in (0, 256) for x in (0, 256, 512)]


def psnr(made: Image.Image, wanted: Image.Image) -> float:
    """Peak signal-to-noise ratio in decibels."""
    error = np.asarray(made, np.float64) - np.asarray(wanted, np.float64)
    return float(10 * np.log10(255**2 / np.square(error).mean()))


def overshoot(made: Image.Image, wanted: Image.Image, reach: int) -> float:
    """How far a picture leaves the range of the wanted one's neighbourhood, of 255; the worst pixel in a thousand."""
    values, truth = (torch.from_numpy(np.array(p, np.float32)).permute(2, 0, 1)[None] for p in (made, wanted))
    side = 2 * reach + 1
    above = values - functional.max_pool2d(truth, side, 1, reach)
    below = -functional.max_pool2d(-truth, side, 1, reach) - values
    return float(torch.maximum(above, below).clamp(min=0).flatten().quantile(0.999))


def sharpness(picture: Image.Image) -> float:
    """Mean of the steepest hundredth of the steps from pixel to pixel, of 255."""
    steps = np.sort(np.abs(np.diff(np.asarray(picture, np.float32), axis=1)).sum(axis=-1).ravel())
    return float(steps[-len(steps) // 100 :].mean() / 3)


def evaluate(stage: Stage, scale: int = 4) -> Iterator[Figure]:
    """Against Lanczos' filter on held-out pictures, and on one that the starter draws."""
    name = file_of(scale).stem
    stage.app.refresh_upscalers()
    ours, lanczos = UPSCALERS.get(name), UPSCALERS.get("Lanczos")
    gains: list[float] = []
    leaves: dict[str, list[float]] = {"ours": [], "lanczos": []}
    for wanted in held_out():
        small = shrunk(wanted, scale, Resampling.BICUBIC)
        by_us, by_lanczos = upscale(small, scale, ours), upscale(small, scale, lanczos)
        gains.append(psnr(by_us, wanted) - psnr(by_lanczos, wanted))
        leaves["ours"].append(overshoot(by_us, wanted, scale))
        leaves["lanczos"].append(overshoot(by_lanczos, wanted, scale))
    yield Figure(f"{name}: above Lanczos on held-out pictures, dB", mean(gains), 1.5)
    share = mean(leaves["ours"]) / mean(leaves["lanczos"])
    yield Figure(f"{name}: overshoot at edges, of Lanczos' own", share, 1, at_most=True)
    drawn = to_picture(stage.draw("a cat on a blue background")[0].permute(1, 2, 0).numpy())
    ratio = sharpness(upscale(drawn, scale, ours)) / sharpness(upscale(drawn, scale, lanczos))
    yield Figure(f"{name}: steepness of a drawn cat's edges, of Lanczos'", ratio, 1.1)
