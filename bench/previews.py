"""What a live preview costs by each method, and how far it is from the finished picture.

    python -m bench.previews [--size 128] [--batch 1] [--repeat 7]

With the starter model, and the time of a call of its UNet beside it. TAESD and a network for Approx NN run with random
weights in their usual widths, so that their time is real and their pictures are not.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.engine.latents.decode import decode
from modules.engine.latents.encode import encode
from modules.engine.latents.preview import PREVIEW_METHODS, preview_pixels, to_images
from modules.engine.networks.small_decoders import ApproximateDecoder, decode_small
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.imaging.metadata import EncodeOptions, encode_image

TAESD_WIDTH = 64
APPROXIMATE_CHAIN = ((4, 8, 7), (8, 16, 5), (16, 32, 3), (32, 64, 3), (64, 32, 3), (32, 16, 3), (16, 8, 3), (8, 3, 3))
"""(in, out, side of the kernel) of each convolution."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        compare(Path(data), arguments.size, arguments.batch, arguments.repeat)


@torch.inference_mode()
def compare(data: Path, size: int, batch: int, repeat: int) -> None:
    """Print milliseconds a preview for each method, and those to send it to the page."""
    from modules.checkpoints.libraries import DecoderTiny

    app = build_app(dataclasses.replace(Flags(), data_dir=data))
    model = app.models.get(app.selected_checkpoint()).model
    generator = torch.Generator().manual_seed(1)
    soft = torch.nn.functional.interpolate(torch.rand(batch, 3, 4, 4, generator=generator), size=size, mode="bicubic")
    latents = encode(model, soft.clamp(0, 1))
    taesd = DecoderTiny(4, 3, (3, 3, 3, 1), (TAESD_WIDTH,) * 4, 2, "relu", "nearest").to(model.device)
    approximate = ApproximateDecoder(
        {
            f"conv{i}.{part}": torch.randn(shape, generator=generator) * 0.05
            for i, (source, width, side) in enumerate(APPROXIMATE_CHAIN, start=1)
            for part, shape in (("weight", (width, source, side, side)), ("bias", (width,)))
        }
    ).to(model.device)
    model.small_decoders.taesd = lambda: lambda x: decode_small(taesd, x)
    finished = decode(model, latents)

    print(f"{batch} of {size}x{size} on {model.device}, {torch.get_num_threads()} threads; median of {repeat}")
    for method in PREVIEW_METHODS:
        seconds = measure(lambda name=method.name: preview_pixels(model, latents, name), repeat)
        error = (preview_pixels(model, latents, method.name) - finished).abs().mean().item() * 255
        far = "" if method.name == "TAESD" else f", {error:4.1f} of 255 from the finished picture"
        print(f"  {method.name:14}{1000 * seconds:8.1f} ms{far}")
    print(f"  {'Approx NN file':14}{1000 * measure(lambda: decode_small(approximate, latents), repeat):8.1f} ms")
    embeddings = torch.zeros(2 * batch, 77, model.unet.config["cross_attention_dim"], device=model.device)
    step = measure(lambda: UNetDenoiser(model)(*guided(latents), embeddings), repeat)
    print(f"  {'a sampling step':14}{1000 * step:8.1f} ms")
    image = to_images(finished)[0]
    options = EncodeOptions(85, metadata=False)
    for name in ("jpeg", "png", "webp"):
        seconds = measure(lambda kind=name: encode_image(image, kind, options=options), repeat)
        size_in_kb = len(encode_image(image, name, options=options)) / 1000
        print(f"  as {name:11}{1000 * seconds:8.1f} ms, {size_in_kb:.0f} kB")


def guided(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Return latents and noise levels for the prompt and the negative prompt."""
    return torch.cat([latents, latents]), latents.new_full((2 * len(latents),), 5.0)


def measure(run: Callable[[], object], repeat: int) -> float:
    """Return the median of seconds that `run` takes, after a first time that does not count."""
    run()
    seconds: list[float] = []
    for _ in range(repeat):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
