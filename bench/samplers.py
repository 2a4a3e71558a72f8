"""What each sampler costs beside the UNet: milliseconds a step spent on steps, noise and guidance.

    python -m bench.samplers [--steps 20] [--size 128] [--batch 1] [--repeats 5]

Each sampler makes latents with the starter model. The UNet's own time is taken by hooks on it; what is left of the run
is the sampler's, the guidance's and the noise's. It is processor time of one thread, so that other work on the machine
counts little, and the samplers take turns in each repeat; the medians are printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.engine.model import LATENT_CHANNELS, LATENT_FACTOR, DiffusionModel
from modules.engine.sampling.brownian import BrownianNoise
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.noise import ImageNoise
from modules.engine.sampling.registry import SAMPLERS, Sampler
from modules.engine.sampling.sigmas import SCHEDULES, SigmaSettings
from modules.engine.sampling.trajectory import first_latents, run_sigmas
from modules.engine.text.encoder import TextSettings, encode_texts
from modules.engine.types import Conditioning

PROMPT = "a red apple on a blue background"
SCALE = 3.5


@dataclass
class Cost:
    """Seconds of one run."""

    whole: float
    unet: float
    calls: int


class Stopwatch:
    """Adds up the time a module takes."""

    def __init__(self) -> None:
        self.seconds, self.calls, self._since = 0.0, 0, 0.0

    @contextmanager
    def on(self, module: torch.nn.Module) -> Iterator[None]:
        hooks = [
            module.register_forward_pre_hook(lambda *_: self._begin()),
            module.register_forward_hook(lambda *_: self._end()),
        ]
        yield
        for hook in hooks:
            hook.remove()

    def _begin(self) -> None:
        self._since = time.thread_time()

    def _end(self) -> None:
        self.seconds += time.thread_time() - self._since
        self.calls += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as data:
        app = build_app(dataclasses.replace(Flags(), data_dir=Path(data)))
        model = app.models.get(app.selected_checkpoint()).model
        compare(model, arguments.steps, arguments.size, arguments.batch, arguments.repeats)


def compare(model: DiffusionModel, steps: int, size: int, batch: int, repeats: int) -> None:
    """Print a row for each sampler."""
    samplers = list(SAMPLERS)
    run(model, samplers[0], steps, size, batch)
    costs = [[run(model, sampler, steps, size, batch) for sampler in samplers] for _ in range(repeats)]
    say(f"{steps} steps at {size}x{size}, batch {batch}, one thread, median of {repeats}")
    say("| sampler | UNet calls | UNet ms a step | beside it, ms a step | share |")
    say("| --- | ---: | ---: | ---: | ---: |")
    for sampler, runs in zip(samplers, zip(*costs, strict=True), strict=True):
        unet = statistics.median(cost.unet for cost in runs) / steps
        beside = statistics.median(cost.whole - cost.unet for cost in runs) / steps
        share = statistics.median((cost.whole - cost.unet) / cost.unet for cost in runs)
        say(f"| {sampler.name} | {runs[0].calls} | {unet * 1e3:.2f} | {beside * 1e3:.2f} | {share * 100:.1f} % |")


def run(model: DiffusionModel, sampler: Sampler, steps: int, size: int, batch: int) -> Cost:
    """Sample once."""
    unet = UNetDenoiser(model, sampler.distilled_timesteps)
    cond, uncond = (Conditioning.constant(encode_texts(model, [text] * batch, TextSettings())) for text in (PROMPT, ""))
    denoiser = GuidedDenoiser(unet, cond, uncond, SCALE * sampler.guidance_factor)
    settings = SigmaSettings()
    sigmas = run_sigmas(sampler, SCHEDULES.get(sampler.automatic_schedule), unet.levels, steps, settings)
    seeds = range(batch)
    noise = ImageNoise(
        list(seeds), (LATENT_CHANNELS, size // LATENT_FACTOR, size // LATENT_FACTOR), "CPU", model.device
    )

    watch = Stopwatch()
    with watch.on(model.unet):
        started = time.thread_time()
        x = first_latents(noise.first(), sigmas, sampler, settings)
        own = {}
        if sampler.takes_brownian_noise:
            own["brownian"] = BrownianNoise(x, sigmas[sigmas > 0].min().item(), sigmas.max().item(), seeds)
        sampler.sample(denoiser, x, sigmas, noise=noise.next, on_step=lambda *_: None, **own)
        whole = time.thread_time() - started
    return Cost(whole, watch.seconds, watch.calls)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
