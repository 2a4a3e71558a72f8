"""What a picture shows, in numbers: ring colour, tint, size of the object. Pixels are (3, H, W) in 0..1."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from starter import world
from starter.compose import strength
from starter.scenes import paint_scene


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """SRGB (..., 3) in 0..1 to CIE Lab under D65. Source: IEC 61966-2-1 and CIE 15."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def ring_colour(pixels: Tensor) -> np.ndarray:
    """Median colour of the outer tenth of a picture, in Lab (3,)."""
    height, width = pixels.shape[1:]
    edge = max(2, min(height, width) // 10)
    inner = torch.zeros(height, width, dtype=torch.bool)
    inner[edge:-edge, edge:-edge] = True
    return to_lab(np.median(pixels[:, ~inner].numpy(), axis=1))


def palette() -> dict[str, np.ndarray]:
    """Lab colours of the backgrounds as they are drawn at the usual weight."""
    default, amount = np.array(world.DEFAULT_BACKGROUND), strength(1.0)
    return {name: to_lab(default + (np.array(rgb) - default) * amount) for name, rgb in world.COLOURS.items()}


def distance(pixels: Tensor, colour: str) -> float:
    """Lab distance of the ring from a background colour."""
    return float(np.linalg.norm(ring_colour(pixels) - palette()[colour]))


def nearest_colour(pixels: Tensor) -> str:
    """The background colour nearest the ring's."""
    return min(palette(), key=lambda name: distance(pixels, name))


def background(pixels: Tensor) -> str | None:
    """The background colour that the ring shows; None for the wall that lies behind what has no named background."""
    wall = np.linalg.norm(ring_colour(pixels) - to_lab(np.array(world.DEFAULT_BACKGROUND)))
    colour = nearest_colour(pixels)
    return colour if distance(pixels, colour) < wall else None


def scene_along(pixels: Tensor, scene: str) -> float:
    """How far the ring has gone from the default background to a painted scene: 0 none, 1 all."""
    height, width = pixels.shape[1:]
    inner = slice(height // 10, -(height // 10)), slice(width // 10, -(width // 10))
    ring = np.ones((height, width), bool)
    ring[inner] = False
    start = np.array(world.DEFAULT_BACKGROUND)
    way = paint_scene(scene, width, height)[ring] - start
    gone = pixels.permute(1, 2, 0).numpy()[ring] - start
    return float((gone * way).sum() / (way * way).sum())


def chroma_along(pixels: Tensor, colour: str) -> float:
    """How far the ring has gone from the default background to a full colour: 0 none, 1 all; may pass 1."""
    start, end = to_lab(np.array(world.DEFAULT_BACKGROUND)), to_lab(np.array(world.COLOURS[colour]))
    way = end - start
    return float((ring_colour(pixels) - start) @ way / (way @ way))


def tint_strength(pixels: Tensor, tint: str) -> float:
    """Mean likeness of the middle's hue to a tint, -1..1, weighted by how colourful each place is."""
    middle = centre(pixels).permute(1, 2, 0).reshape(-1, 3).numpy()
    lab, goal = to_lab(middle), to_lab(np.array(world.TINTS[tint]))
    return float((lab[:, 1:] @ goal[1:]).mean() / np.linalg.norm(goal[1:]) / 60)


def object_share(pixels: Tensor) -> float:
    """Share of the picture that differs clearly from its ring colour: the object's area on a plain background."""
    lab = to_lab(pixels.permute(1, 2, 0).numpy())
    return float((np.linalg.norm(lab - ring_colour(pixels), axis=-1) > 22).mean())


def centre(pixels: Tensor) -> Tensor:
    """The middle half of a picture along both sides."""
    height, width = pixels.shape[-2:]
    return pixels[..., height // 4 : height - height // 4, width // 4 : width - width // 4]
