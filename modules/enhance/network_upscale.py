"""Enlarging a picture with a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from PIL.Image import Resampling
from torch import Tensor

from modules.core.errors import DeviceMemoryError
from modules.enhance.job import EnhanceJob
from modules.enhance.tiles import run_in_tiles
from modules.hardware.device import device_memory
from modules.hardware.memory import memory_errors

if TYPE_CHECKING:  # spandrel takes a second to import
    from modules.enhance.network_files import Network

BYTES_PER_VALUE = 4
COPIES = 3
"""Of the enlarged picture that are in memory at once."""


def enlarge_with(network: Network, image: Image.Image, tile: int, overlap: int, job: EnhanceJob) -> Image.Image:
    """Enlarge by the network's factor; transparency is enlarged by Lanczos' filter.

    Cut short, what Lanczos' filter makes of the picture is returned.

    Raises:
        DeviceMemoryError: there is not enough memory for the result.
    """
    colours, alpha = split_alpha(image)
    size = (image.width * network.scale, image.height * network.scale)
    require_memory(*size)
    with memory_errors():
        pixels = to_tensor(colours, network.input_channels)
        done = run_in_tiles(lambda part: _run(network, part), pixels, network.scale, tile, overlap, job.progress)
    enlarged = colours.resize(size, Resampling.LANCZOS) if done is None else to_image(done)
    return with_alpha(enlarged, alpha)


def _run(network: Network, pixels: Tensor) -> Tensor:
    return network(pixels.to(network.device, network.dtype))


def require_memory(width: int, height: int) -> None:
    """Refuse a picture that would take the whole program down with it.

    Raises:
        DeviceMemoryError: it would need more memory than is free.
    """
    needed = width * height * 3 * BYTES_PER_VALUE * COPIES
    free = device_memory(torch.device("cpu")).free
    if needed > free:
        raise DeviceMemoryError(
            f"A picture of {width}x{height} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are "
            "free; choose a smaller factor or a smaller picture."
        )


def split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the picture in RGB, and its transparency if it has any."""
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        transparent = image.convert("RGBA")
        return transparent.convert("RGB"), transparent.getchannel("A")
    return to_rgb(image), None


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB; of 16 bits a channel the upper 8."""
    if image.mode.startswith("I"):
        values = np.asarray(image.convert("I"))
        if image.mode != "I" or values.max(initial=0) > 255:
            values = values >> 8
        return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def with_alpha(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """Return the picture with a transparency, enlarged to its size."""
    if alpha is not None:
        image = image.convert("RGB")
        image.putalpha(alpha if alpha.size == image.size else alpha.resize(image.size, Resampling.LANCZOS))
    return image


def to_tensor(image: Image.Image, channels: int = 3) -> Tensor:
    """Return an RGB picture as (1, C, H, W) in 0..1; for one channel its brightness, for four it is opaque."""
    image = image.convert({1: "L", 4: "RGBA"}.get(channels, "RGB"))
    values = torch.from_numpy(np.array(image))
    if values.ndim == 2:
        values = values.unsqueeze(-1)
    return values.permute(2, 0, 1).unsqueeze(0).float().div_(255)


def to_image(pixels: Tensor) -> Image.Image:
    """Return (1, C, H, W) in 0..1 as an RGB picture."""
    values = pixels[0, :3].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()
    return Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values).convert("RGB")
