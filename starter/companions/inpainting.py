"""A checkpoint for inpainting: its UNet also sees the mask and the picture without what the mask covers.

Nine channels as in Stable Diffusion's own: noisy latents (4), the mask (1), latents of the masked picture (4). Source:
Rombach et al. 2022, arXiv:2112.10752, section 4.5.
"""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from modules.engine.shown_picture import EXTRA_CHANNELS
from starter import vae_wiring as wiring
from starter.companions.canvases import Canvas, open_shelves, usual_example
from starter.companions.checkpoint import Label, write_checkpoint
from starter.companions.finetune import FineTune
from starter.companions.inpainting_figures import NAME, evaluate
from starter.companions.masks import random_mask
from starter.companions.pool import Example, caption_rows, noise_loss
from starter.companions.weights import Starter, load_starter, repeats
from starter.compose import compose
from starter.specs import NATIVE
from starter.unet_model import BASE, Stage, UNet
from starter.vae import SCALE, to_tensor

__all__ = ["evaluate", "train"]

LABEL = Label(
    name=NAME,
    title="Easel starter inpainting, fills holes in toy pictures",
    description=(
        "The Easel starter model fine-tuned to fill masked parts of a picture so that they fit what is around them. "
        "Text encoder and VAE are those of easel-starter. Pictures are composed from Microsoft's Fluent emoji (3D), "
        "MIT License, Copyright (c) Microsoft Corporation. The text encoder uses OpenAI CLIP's byte-pair vocabulary, "
        "MIT License, Copyright (c) 2021 OpenAI."
    ),
    usage="img2img, Inpaint: paint over a part, denoising strength 1, masked content original: a cat",
    tags="starter, toy, emoji, inpainting, 128px",
    architecture="stable-diffusion-v1-inpainting",
)
PICTURES, RATE = 4000, 5e-4
FIRST = "input_blocks.0.0"
CHANNELS = 4 + EXTRA_CHANNELS["inpainting"]
UNSAID, EMPTY = 0.5, 0.35
"""Share of captions that do not name what lies behind the object, and of empty ones for a background alone: what is
around the hole must say it."""


class InpaintingUNet(UNet):
    """The starter's UNet with five more input channels, which at first change nothing.

    Attributes:
        shown: what lies beside the latents in this call, (B or 1, 5, h, w).
    """

    def __init__(self, starter: UNet) -> None:
        super().__init__()
        self.load_state_dict(starter.state_dict())
        narrow, wide = starter.state_dict(), nn.Conv2d(CHANNELS, BASE, 3, padding=1)
        weight = functional.pad(narrow[f"{FIRST}.weight"], (0, 0, 0, 0, 0, CHANNELS - 4))
        wide.load_state_dict({"weight": weight, "bias": narrow[f"{FIRST}.bias"]})
        self.input_blocks[0] = Stage(wide)
        self.shown = torch.zeros(0)

    def forward(self, x: Tensor, t: Tensor, context: Tensor, repeats: Tensor | None = None) -> Tensor:
        return super().forward(torch.cat([x, self.shown.expand(len(x), -1, -1, -1)], dim=1), t, context, repeats)


def choose(rng: random.Random, canvas: Canvas) -> Example:
    """An example whose caption often leaves the background to the picture."""
    example = usual_example(rng, canvas)
    spec = example.spec
    if example.silent:
        return example
    if spec.thing is None:
        return dataclasses.replace(example, silent=rng.random() < EMPTY)
    if spec.backdrop is not None and rng.random() < UNSAID:
        weights = {role: weight for role, weight in spec.weights.items() if role != "backdrop"}
        return Example(dataclasses.replace(spec, unsaid=True, weights=weights))
    return example


@torch.no_grad()
def encode(starter: Starter, pixels: Tensor) -> Tensor:
    """Normed latents (B, 4, h, w) of pixels in -1..1."""
    basis = starter.painter.basis
    return wiring.fast_encode(starter.vae, pixels, basis.components, basis.mean) * SCALE


def shown(starter: Starter, pixels: Tensor, mask: Tensor) -> Tensor:
    """What the UNet sees beside the latents, as the program makes it: (B, 5, h, w).

    Args:
        starter: encodes.
        pixels: (B, 3, H, W) in -1..1.
        mask: (B, 1, H, W), 1 is to be painted.
    """
    latents = encode(starter, pixels * (1 - mask))
    return torch.cat([functional.interpolate(mask, latents.shape[-2:]), latents], dim=1)


def train(cache: Path, program: Path, minutes: float) -> None:
    """Draw pictures and masks once, train the UNet, write the checkpoint."""
    starter = load_starter(cache, seed=51)
    rng = random.Random()

    def make(examples: list[Example]) -> tuple[Tensor, ...]:
        pixels = to_tensor([compose(example.spec, starter.painter.sprites, rng) for example in examples])
        masks = [torch.stack([random_mask(rng, *pixels.shape[-2:]) for _ in examples])[:, None] for _ in range(2)]
        return (encode(starter, pixels), *(shown(starter, pixels, mask) for mask in masks))

    work = cache / "companions"
    shelves, counts = open_shelves(work / "inpainting-pictures.pt", 51, PICTURES, make, choose), repeats()
    unet = InpaintingUNet(starter.unet)
    tuned, wide = FineTune(unet, work / "inpainting.pt", RATE), dataclasses.replace(starter, unet=unet)

    def loss() -> tuple[Tensor, float]:
        examples, (latents, *masked) = shelves.pick(rng)
        unet.shown = rng.choice(masked)
        return noise_loss(wide, latents, caption_rows(starter, examples), counts)

    tuned.run(loss, minutes)
    tuned.average.shown = shown(starter, torch.zeros(1, 3, NATIVE, NATIVE), torch.ones(1, 1, NATIVE, NATIVE))
    [picture] = dataclasses.replace(starter, unet=tuned.average).sample(["a dog on a beach"])
    write_checkpoint(tuned.average, LABEL, program, picture, channels=CHANNELS)
