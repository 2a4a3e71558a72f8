"""What the program costs beside the model: our whole path against a bare loop over the same UNet and VAE.

    python -m bench.overhead [--pairs 7] [--steps 20] [--size 128]

Both run in one process, in turn. The whole path encodes the prompts, plans, samples, reports progress, decodes, writes
the infotext and saves a PNG; the bare loop has its embeddings ready, steps DPM++ 2M and decodes.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from modules.app.app import App, build_app
from modules.core.flags import Flags
from modules.engine.model import DiffusionModel
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.sigmas import SCHEDULES
from modules.engine.text.encoder import TextSettings, encode_texts
from modules.generation.request import Txt2ImgRequest

PROMPT = "a red apple on a blue background"
SCALE = 3.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--size", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        app = build_app(dataclasses.replace(Flags(), data_dir=Path(data)))
        compare(app, arguments.pairs, arguments.steps, arguments.size)


def compare(app: App, pairs: int, steps: int, size: int) -> None:
    """Print seconds a picture of both, and their ratio."""
    request = Txt2ImgRequest(
        prompt=PROMPT,
        sampler_name="DPM++ 2M Karras",
        steps=steps,
        width=size,
        height=size,
        cfg_scale=SCALE,
        save_images=True,
    )
    app.txt2img(request)
    model = app.models.get(app.selected_checkpoint()).model
    cond, uncond = (encode_texts(model, [text], TextSettings()) for text in (PROMPT, ""))
    bare_loop(model, cond, uncond, steps, size)

    ours, bare = [], []
    for _ in range(pairs):
        ours.append(seconds(lambda: app.txt2img(request)))
        bare.append(seconds(lambda: bare_loop(model, cond, uncond, steps, size)))
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    say(f"{steps} steps at {size}x{size}, {torch.get_num_threads()} threads, median of {pairs} pairs")
    say(f"whole path {statistics.median(ours):.3f} s   bare loop {statistics.median(bare):.3f} s   ratio {ratio:.3f}")


@torch.inference_mode()
def bare_loop(model: DiffusionModel, cond: Tensor, uncond: Tensor, steps: int, size: int) -> Tensor:
    """Make one picture with nothing around the model."""
    levels = NoiseLevels.of(model.alphas_cumprod)
    sigmas = SCHEDULES.get("karras").with_final_zero(levels, steps).tolist()
    both = torch.cat([cond, uncond])
    x = torch.randn(1, 4, size // 8, size // 8) * sigmas[0]
    before, h_before = None, 1.0
    for sigma, sigma_next in pairwise(sigmas):
        timestep = levels.timestep_at(torch.tensor([sigma, sigma]))
        noise = model.unet(torch.cat([x, x]) / math.sqrt(sigma**2 + 1), timestep, both, return_dict=False)[0]
        with_prompt, without = (torch.cat([x, x]) - noise * sigma).chunk(2)
        denoised = without + (with_prompt - without) * SCALE
        if sigma_next == 0:
            x = denoised
            break
        h = math.log(sigma / sigma_next)
        target = denoised if before is None else denoised + (denoised - before) * h / (2 * h_before)
        x = x * (sigma_next / sigma) - math.expm1(-h) * target
        before, h_before = denoised, h
    return model.vae.decode(x / model.scale_factor).sample


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
