"""The painted backgrounds: each a function of the canvas size alone, so that a small model can learn it sharply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import numpy as np

Array = np.ndarray
Colour = tuple[float, float, float]

_edge: ContextVar[float] = ContextVar("edge width", default=0.012)


def grid(width: int, height: int) -> tuple[Array, Array]:
    """X in 128ths of the height from the centre, y from 0 (top) to 1 (bottom); both (H, W)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x - width / 2 + 0.5) / height, (y + 0.5) / height


def blend(y: Array, *stops: tuple[float, Colour]) -> Array:
    """A vertical gradient through (height, colour) stops: (H, W, 3)."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(y, places, [colour[c] for _, colour in stops]) for c in range(3)], axis=-1).astype(
        np.float32
    )


def cover(canvas: Array, mask: Array, colour: Array | Colour, opacity: float = 1.0) -> Array:
    """`canvas` with `colour` laid over it where `mask` (H, W, soft, 0..1) is set."""
    amount = np.clip(mask, 0, 1)[..., None] * opacity
    return canvas * (1 - amount) + np.asarray(colour, np.float32) * amount


def soft(distance: Array) -> Array:
    """1 where `distance` is negative, 0 where positive, smooth between."""
    return np.clip(0.5 - distance / _edge.get(), 0, 1)


@contextmanager
def edge_width(width: float) -> Iterator[None]:
    """Paint with outlines this wide, in heights of the canvas; otherwise they are 0.012, sharp on 128 pixels."""
    before = _edge.set(width)
    try:
        yield
    finally:
        _edge.reset(before)


def disc(x: Array, y: Array, cx: float, cy: float, radius: float) -> Array:
    """Soft mask of a disc."""
    return soft(np.hypot(x - cx, y - cy) - radius)


def scattered(seed: int) -> Array:
    """Places (x, y) for stars and flakes, one to a cell of a 10 by 5 grid: (50, 2)."""
    jitter = np.random.default_rng(seed).uniform(0.15, 0.85, (5, 10, 2))
    rows, columns = np.mgrid[0:5, 0:10]
    return np.stack([(columns + jitter[..., 0]) / 5 - 1, (rows + jitter[..., 1]) / 5], axis=-1).reshape(-1, 2)


def night(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.03, 0.05, 0.20)), (1.0, (0.16, 0.14, 0.42)))
    for i, (cx, cy) in enumerate(scattered(5)):
        canvas = cover(canvas, disc(x, y, cx, cy, 0.011 + 0.008 * (i % 3)), (1.0, 0.98, 0.85))
    return canvas


def beach(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.36, 0.72, 0.98)), (0.5, (0.78, 0.92, 1.0)))
    canvas = cover(canvas, soft(0.5 - y), blend(y, (0.5, (0.06, 0.45, 0.75)), (0.7, (0.25, 0.78, 0.85))))
    shore = 0.69 + 0.02 * np.sin(x * 7)
    canvas = cover(canvas, soft(shore - 0.025 - y), (0.95, 0.98, 1.0))
    return cover(canvas, soft(shore - y), blend(y, (0.69, (0.98, 0.88, 0.62)), (1.0, (0.93, 0.76, 0.46))))


def meadow(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.40, 0.74, 1.0)), (0.6, (0.85, 0.95, 1.0)))
    canvas = cover(canvas, soft(0.58 + 0.05 * np.sin(x * 4 + 2) - y), (0.45, 0.78, 0.35))
    return cover(
        canvas, soft(0.66 - 0.04 * np.sin(x * 5) - y), blend(y, (0.6, (0.36, 0.74, 0.25)), (1, (0.2, 0.55, 0.18)))
    )


def sunset(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.36, 0.16, 0.50)), (0.35, (0.92, 0.36, 0.42)), (0.66, (1.0, 0.76, 0.30)))
    canvas = cover(canvas, disc(x, y, 0, 0.62, 0.2), (1.0, 0.93, 0.60))
    return cover(canvas, soft(0.66 - y), blend(y, (0.66, (0.80, 0.36, 0.38)), (1.0, (0.22, 0.10, 0.34))))


def snow(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.60, 0.76, 0.92)), (0.6, (0.88, 0.93, 0.98)))
    canvas = cover(canvas, soft(0.62 + 0.05 * np.sin(x * 4) - y), (0.82, 0.89, 0.97))
    canvas = cover(canvas, soft(0.72 - 0.04 * np.sin(x * 5 + 1) - y), (0.97, 0.98, 1.0))
    for cx, cy in scattered(3):
        canvas = cover(canvas, disc(x, y, cx, cy, 0.016), (1.0, 1.0, 1.0))
    return canvas


def underwater(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.25, 0.80, 0.90)), (0.8, (0.02, 0.28, 0.58)))
    rays = 0.5 + 0.5 * np.sin((x - 0.35 * y) * 16)
    canvas = cover(canvas, rays * (1 - y), (0.75, 1.0, 1.0), 0.25)
    return cover(canvas, soft(0.88 + 0.02 * np.sin(x * 8) - y), (0.80, 0.72, 0.48))


def forest(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.70, 0.88, 0.72)), (0.8, (0.35, 0.62, 0.42)))
    for offset, top, colour in ((0.0, 0.16, (0.28, 0.58, 0.40)), (0.125, 0.30, (0.12, 0.42, 0.27))):
        peak = np.abs((x + offset + 0.125) % 0.25 - 0.125)
        canvas = cover(canvas, soft(top + peak * 3.2 - y), colour)
    return cover(canvas, soft(0.86 - y), (0.10, 0.30, 0.16))


def city(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.42, 0.62, 0.90)), (0.8, (0.98, 0.86, 0.76)))
    heights = np.array([0.30, 0.52, 0.40, 0.22, 0.46, 0.34, 0.56, 0.27])
    column = np.floor(x / 0.25 + 0.5).astype(int)
    roof = heights[column % len(heights)]
    within = (x / 0.25 + 0.5) % 1.0
    wall = soft(roof - y) * (np.abs(within - 0.5) < 0.45)
    canvas = cover(canvas, wall, (0.36, 0.42, 0.60))
    windows = (np.abs((within * 2) % 1.0 - 0.5) < 0.25) & (((y - roof) / 0.125) % 1.0 > 0.5) & (y > roof + 0.03)
    canvas = cover(canvas, windows * wall, (1.0, 0.90, 0.55))
    return cover(canvas, soft(0.86 - y), (0.30, 0.32, 0.38))


def mountains(x: Array, y: Array) -> Array:
    canvas = blend(y, (0.0, (0.42, 0.70, 0.96)), (0.7, (0.88, 0.95, 1.0)))
    for offset, top, slope, colour in ((0.25, 0.22, 1.1, (0.52, 0.58, 0.70)), (-0.2, 0.34, 1.0, (0.40, 0.44, 0.56))):
        peak = np.abs((x + offset + 0.5) % 1.0 - 0.5)
        canvas = cover(canvas, soft(top + peak * slope - y), colour)
        cap = soft(top + peak * slope - y) * soft(y - (top + 0.13 + 0.02 * np.sin(x * 40)))
        canvas = cover(canvas, cap, (0.97, 0.98, 1.0))
    return cover(canvas, soft(0.76 - y), blend(y, (0.76, (0.42, 0.68, 0.34)), (1.0, (0.24, 0.48, 0.22))))


PAINTERS: dict[str, Callable[[Array, Array], Array]] = {
    "night": night,
    "beach": beach,
    "meadow": meadow,
    "sunset": sunset,
    "snow": snow,
    "underwater": underwater,
    "forest": forest,
    "city": city,
    "mountains": mountains,
}


@lru_cache(maxsize=64)
def paint_scene(name: str, width: int, height: int) -> Array:
    """The scene on a canvas of this size, (H, W, 3) in 0..1."""
    return PAINTERS[name](*grid(width, height)).astype(np.float32)
