"""A small decoder of the starter model's latents for previews, in the layout of TAESD, and the linear map to colours.

python -m starter.companions.train preview-decoder
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from modules.checkpoints.libraries import DecoderTiny
from modules.core.flags import PROGRAM_FOLDER
from modules.core.paths import STARTER
from modules.engine.latents.encode import encode
from modules.engine.latents.linear import fit_linear_decoder
from modules.engine.latents.preview import preview_image, preview_pixels
from modules.engine.latents.space import LatentSpace
from modules.engine.model import DiffusionModel
from modules.networks.own_decoders import LATENTS, LINEAR
from starter import vae_wiring as wiring
from starter.bench import Figure
from starter.companions.fit import fit
from starter.compose import Sprites
from starter.vae import SCALE, picture_loss, pictures, wired_basis
from starter.vae_model import AutoencoderKL
from starter.world import SHOWN

if TYPE_CHECKING:  # it imports the whole program
    from starter.companions.stage import Stage

FILE = Path("models/VAE-taesd/easel-starter-decoder.safetensors")
HEADER = {
    "format": "pt",
    "modelspec.sai_model_spec": "1.0.0",
    "modelspec.architecture": "taesd/decoder",
    "modelspec.implementation": "https://github.com/madebyollin/taesd",
    "modelspec.title": "Easel starter preview decoder",
    "modelspec.author": "The Easel authors",
    "modelspec.license": "MIT",
    "modelspec.description": (
        "Decodes the latents of the Easel starter model for live previews. Trained from scratch on pictures composed "
        "from Microsoft's Fluent emoji (3D), MIT License, Copyright (c) Microsoft Corporation. The network's layout is "
        "TAESD's decoder, MIT License, Copyright (c) 2023 Ollin Boer Bohan."
    ),
}
WIDTH = 32
BATCH, CROP = 8, 10
POOL, PART = 1600, 16
RATE = 8e-4
CROPS = 0.91
"""Share of the time that crops get."""


def starter_vae(checkpoint: Path) -> AutoencoderKL:
    """The VAE of a checkpoint of the starter's kind."""
    prefix = "first_stage_model."
    state = {k.removeprefix(prefix): v.float() for k, v in load_file(checkpoint).items() if k.startswith(prefix)}
    vae = AutoencoderKL()
    vae.load_state_dict(state)
    return vae.requires_grad_(requires_grad=False).eval()


def new_decoder() -> nn.Module:
    """TAESD's decoder (Ollin Boer Bohan, MIT), half as wide."""
    return DecoderTiny(
        in_channels=4,
        out_channels=3,
        num_blocks=(3, 3, 3, 1),
        block_out_channels=(WIDTH,) * 4,
        upsampling_scaling_factor=2,
        act_fn="relu",
        upsample_fn="nearest",
    )


def taesd_names(decoder: nn.Module) -> dict[str, Tensor]:
    """The weights under TAESD's own names, in half precision: its clamp is layer 0, which diffusers does not count."""
    named: dict[str, Tensor] = {}
    for name, value in decoder.state_dict().items():
        _, number, rest = name.split(".", 2)
        named[f"{int(number) + 1}.{rest}"] = value.half().contiguous()
    return named


@torch.inference_mode()
def latents_and_pictures(vae: AutoencoderKL, cache: Path, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Latents (N, 4, 16, 16) as the UNet has them, and what the VAE makes of them, (N, 3, 128, 128) in -1..1.

    Half are of composed pictures; the rest are like those in the middle of sampling: noisy, or between two pictures.
    """
    sprites, rng, generator = Sprites(cache), random.Random(seed), torch.Generator().manual_seed(seed)
    basis = wired_basis(vae)
    parts: list[tuple[Tensor, Tensor]] = []
    for part in range(count // PART):
        z = wiring.fast_encode(vae, pictures(sprites, rng, PART), basis.components, basis.mean) * SCALE
        if part % 4 == 1:
            z = z + rng.uniform(0, 0.4) * torch.randn(z.shape, generator=generator)
        elif part % 4 == 3:
            z = z.lerp(z.flip(0), torch.rand(PART, 1, 1, 1, generator=generator)) * rng.uniform(0.3, 1)
        parts.append((z, wiring.fast_decode(vae.decoder, vae.post_quant_conv(z / SCALE)).clamp(-1, 1)))
    latents, decoded = (torch.cat(list(tensors)) for tensors in zip(*parts, strict=True))
    return latents, decoded


def prepared(cache: Path) -> tuple[Tensor, Tensor]:
    """The latents and pictures that are learnt from; made once, and kept in the cache."""
    file = cache / "preview-decoder-pairs.pt"
    if not file.exists():
        latents, decoded = latents_and_pictures(starter_vae(PROGRAM_FOLDER / STARTER), cache, POOL, seed=21)
        torch.save((latents.half(), decoded.half()), file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)
    latents, decoded = torch.load(file)
    return latents, decoded


def train_decoder(cache: Path, minutes: float) -> nn.Module:
    """Train, going on from `preview-decoder.pt` in the cache: on crops, and at last on quarters of pictures.

    At a crop's edge the VAE saw more than the decoder is shown, so that it is not judged there. Crops seldom have a
    picture's own edge, which the quarters teach.
    """
    torch.manual_seed(0)
    decoder = new_decoder()
    latents, decoded = prepared(cache)
    rng = random.Random()

    def loss_of(places: list[int], side: int) -> tuple[Tensor, float]:
        """Of crops of `side` latents that begin at some of these places."""
        cuts = [(rng.randrange(len(latents)), rng.choice(places), rng.choice(places)) for _ in range(BATCH)]
        z = torch.stack([latents[i, :, y : y + side, x : x + side] for i, y, x in cuts]).float()
        goal = torch.stack([_pixels(decoded[i], y, x, side) for i, y, x in cuts]).float()
        with torch.autocast("cpu", torch.bfloat16):
            made = decoder(z).float()
        end = latents.shape[-1] - side
        inner = [tuple(slice(8 * (p > 0), 8 * side - 8 * (p < end)) for p in (y, x)) for _, y, x in cuts]
        parts = [picture_loss(a[:, *cut][None], b[:, *cut][None]) for a, b, cut in zip(made, goal, inner, strict=True)]
        loss = torch.stack(parts).mean()
        return loss, loss.item()

    parameters, end = list(decoder.parameters()), latents.shape[-1]
    crops, corners = (cache / f"preview-decoder{part}.pt" for part in ("", "-corners"))
    fit(parameters, lambda: loss_of([*range(end - CROP + 1)], CROP), crops, CROPS * minutes, RATE)
    fit(parameters, lambda: loss_of([0, end // 2], end // 2), corners, (1 - CROPS) * minutes, RATE / 2)
    return decoder.eval()


def _pixels(picture: Tensor, y: int, x: int, side: int) -> Tensor:
    return picture[:, 8 * y : 8 * (y + side), 8 * x : 8 * (x + side)]


def fit_linear(latents: Tensor, decoded: Tensor) -> Tensor:
    """The best linear map from latents (N, 4, h, w) to the mean colours of pixels (N, 3, 8h, 8w) in -1..1: (5, 3).

    Colours are in 0..1; the fifth row is that of latents of zero.
    """
    rows = latents.float().movedim(1, -1).reshape(-1, latents.shape[1])
    colours = functional.avg_pool2d((decoded.float() + 1) / 2, 8).movedim(1, -1).reshape(-1, 3)
    return torch.linalg.lstsq(torch.cat([rows, torch.ones(len(rows), 1)], dim=1).double(), colours.double()).solution


def export(decoder: nn.Module, linear: Tensor, vae: AutoencoderKL, target: Path) -> None:
    """Write the file in half precision, with whose latents it is for, the linear map, and whose work is in it."""
    layer = vae.quant_conv
    numbers = [*layer.weight[:4].flatten().tolist(), *layer.bias[:4].tolist()]
    rows = [[round(number, 4) for number in row] for row in linear.tolist()]
    written = {LATENTS: LatentSpace(is_sd1=False, numbers=tuple(numbers)).written(), LINEAR: json.dumps(rows)}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(taesd_names(decoder), target, HEADER | written)
    target.chmod(0o644)


def train(cache: Path, program: Path, minutes: float) -> None:
    """Train the decoder, fit the linear map, write both."""
    decoder = train_decoder(cache, minutes)
    export(decoder, fit_linear(*prepared(cache)), starter_vae(PROGRAM_FOLDER / STARTER), program / FILE)


@torch.inference_mode()
def evaluate(stage: Stage) -> Iterator[Figure]:
    """Against the VAE, on latents of drawn pictures and on blends of two, as the first steps of sampling give."""
    model = stage.app.models.get(stage.app.selected_checkpoint()).model
    drawn = torch.cat([stage.draw(prompt)[:1] for prompt in SHOWN[:12]])
    latents = torch.cat([encode(model, picture) for picture in drawn.split(1)])
    fitted = fit_linear_decoder(model)
    for name, z in (("drawn pictures", latents), ("blends of two", latents.lerp(latents.flip(0), 0.4))):
        wanted = preview_pixels(model, z, "Full")
        for method, goal in (("TAESD", 28.0), ("Approx cheap", 15.0)):
            yield Figure(
                f"{method} on {name}: dB against the VAE", psnr(preview_pixels(model, z, method), wanted), goal
            )
        if fitted is not None:
            soft = functional.interpolate(fitted(z), scale_factor=8.0, mode="bilinear")
            yield Figure(f"a map fitted to patches instead, on {name}: dB", psnr(soft, wanted))
    for method, goal in (("TAESD", 30.0), ("Approx cheap", 30.0), ("Full", None)):
        found = milliseconds(model, latents[:1], method)
        yield Figure(f"one preview by {method}, ms of the processor", found, goal, at_most=True)


def psnr(made: Tensor, wanted: Tensor) -> float:
    """Peak signal-to-noise ratio of pixels in 0..1, in decibels."""
    return -10 * float((made - wanted).square().mean().log10())


def milliseconds(model: DiffusionModel, latents: Tensor, method: str) -> float:
    """Processor time of one preview: of 40, the tenth fastest, for others use the machine too."""
    times: list[float] = []
    for _ in range(40):
        started = time.process_time()
        preview_image(model, latents, method)
        times.append(1000 * (time.process_time() - started))
    return sorted(times)[10]
