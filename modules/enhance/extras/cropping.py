"""Operations that make training pictures of one size: split, focal point crop, auto-sized crop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw
from PIL.Image import Resampling

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Size, Tools
from modules.enhance.faces.detection import find_faces

Point = tuple[float, float]

MULTIPLE = 64
"""Sides that an auto-sized crop chooses from."""
ENTROPY_BLOCK = 32
NO_TARGET = "Choose a size under Scale to in Upscale for {name} to cut to; the picture was left as it is."


def require_share(value: float, label: str, largest: float = 1) -> None:
    """Check a value between 0 and `largest`.

    Raises:
        InputError: out of range.
    """
    if not 0 <= value <= largest:
        raise InputError(f"{label} must be from 0 to {largest:g}.")


def covering(image: Image.Image, target: Size) -> Image.Image:
    """Return the picture at the smallest size that covers the target."""
    scale = max(target[0] / image.width, target[1] / image.height)
    size = (max(round(image.width * scale), target[0]), max(round(image.height * scale), target[1]))
    return image if size == image.size else image.resize(size, Resampling.LANCZOS)


def crop_around(image: Image.Image, point: Point, target: Size) -> Image.Image:
    """Cut the target's size out of a picture that covers it, the point as near to the middle as can be."""
    left, top = (
        round(min(max(place - side / 2, 0), whole - side))
        for place, side, whole in zip(point, target, image.size, strict=True)
    )
    return image.crop((left, top, left + target[0], top + target[1]))


# --- Split oversized images ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SplitValues:
    """How to split.

    Attributes:
        threshold: 0..1; split only what would keep no more than this share if it were cropped.
        overlap: 0..0.9, share of a part that its neighbour shows too.
    """

    threshold: float = 0.5
    overlap: float = 0.2

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
        """
        require_share(self.threshold, "The threshold")
        require_share(self.overlap, "The overlap ratio", 0.9)


def apply_split(picture: ExtrasPicture, values: SplitValues, tools: Tools) -> list[ExtrasPicture]:
    """Cut a long picture into overlapping parts of the target's size."""
    target = picture.target
    if target is None:
        tools.job.comment(NO_TARGET.format(name=SPLIT.name))
        return [picture]
    image = covering(picture.image, target)
    axis = 0 if image.width * target[1] > image.height * target[0] else 1
    whole, side = image.size[axis], target[axis]
    if side / whole > values.threshold or whole == side:
        return [picture]
    count = math.ceil((whole - side * values.overlap) / (side * (1 - values.overlap)))
    centres = [side / 2 + i * (whole - side) / max(count - 1, 1) for i in range(count)]
    points = [(at, target[1] / 2) if axis == 0 else (target[0] / 2, at) for at in centres]
    parts = [crop_around(image, point, target) for point in points]
    return [replace(picture.done(part), tags=(*picture.tags, f"split{number}")) for number, part in enumerate(parts, 1)]


# --- Auto focal point crop ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FocalValues:
    """How much faces, busy places and edges count, 0..1; `debug` adds a picture that shows the point."""

    faces: float = 0.9
    entropy: float = 0.15
    edges: float = 0.5
    debug: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
        """
        for value in (self.faces, self.entropy, self.edges):
            require_share(value, "The weights of the focal point")


def apply_focal(picture: ExtrasPicture, values: FocalValues, tools: Tools) -> list[ExtrasPicture]:
    """Cut the target's size out around the point that matters most."""
    if picture.target is None:
        tools.job.comment(NO_TARGET.format(name=FOCAL.name))
        return [picture]
    image = covering(picture.image, picture.target)
    point = focal_point(image.convert("RGB"), values)
    made = [picture.done(crop_around(image, point, picture.target))]
    if values.debug:
        made.append(replace(picture.done(_with_mark(image, point)), tags=(*picture.tags, "focal-point")))
    return made


def focal_point(image: Image.Image, values: FocalValues) -> Point:
    """Return the mean of faces, the busiest block and the edges' centre, weighted; without any, the middle."""
    weighted: list[tuple[Point, float]] = []
    if values.faces > 0:
        faces = find_faces(image)
        centres = [((f.box[0] + f.box[2]) / 2, (f.box[1] + f.box[3]) / 2) for f in faces]
        weighted += [(centre, values.faces / len(centres)) for centre in centres]
    grey = np.asarray(image.convert("L"), dtype=np.float64)
    if values.entropy > 0:
        weighted.append((_busiest(grey), values.entropy))
    if values.edges > 0 and (centre := _edges_centre(grey)) is not None:
        weighted.append((centre, values.edges))
    total_weight = sum(weight for _, weight in weighted)
    if total_weight == 0:
        return image.width / 2, image.height / 2
    x, y = (sum(point[axis] * weight for point, weight in weighted) / total_weight for axis in (0, 1))
    return x, y


def _edges_centre(grey: np.ndarray) -> Point | None:
    """Return the middle of the strongest tenth of all edges, or None where there are none."""
    if min(grey.shape) < 2:
        return None
    down, across = np.gradient(grey)
    edges = np.hypot(down, across)
    strong = np.where(edges > np.quantile(edges, 0.9), edges, 0)
    total = strong.sum()
    if total == 0:
        return None
    rows, columns = np.indices(strong.shape)
    return float((columns * strong).sum() / total), float((rows * strong).sum() / total)


def _busiest(grey: np.ndarray) -> Point:
    """Return the middle of the block whose brightness is spread most (its entropy)."""
    height, width = grey.shape
    best, middle = -1.0, (width / 2, height / 2)
    for top, left in product(range(0, height, ENTROPY_BLOCK), range(0, width, ENTROPY_BLOCK)):
        block = grey[top : top + ENTROPY_BLOCK, left : left + ENTROPY_BLOCK]
        shares = np.histogram(block, 32, (0, 256))[0] / block.size
        entropy = -(shares[shares > 0] * np.log2(shares[shares > 0])).sum()
        if entropy > best + 1e-9:
            best, middle = entropy, (left + block.shape[1] / 2, top + block.shape[0] / 2)
    return middle


def _with_mark(image: Image.Image, point: Point) -> Image.Image:
    marked = image.convert("RGB")
    radius = max(min(image.size) / 40, 3)
    ImageDraw.Draw(marked).ellipse(
        (point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius), outline="red", width=3
    )
    return marked


# --- Auto-sized crop ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AutoSizeValues:
    """Which sizes are allowed: each side and the area within bounds, proportions within an error of the picture's."""

    smallest_side: int = 384
    largest_side: int = 768
    smallest_area: int = 64 * 64
    largest_area: int = 640 * 640
    objective: Literal["Maximize area", "Minimize error"] = "Maximize area"
    error: float = 0.1

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: out of range.
        """
        require_share(self.error, "The error threshold")
        if not 64 <= self.smallest_side <= self.largest_side <= 2048:
            raise InputError("The dimension bounds must be from 64 to 2048, the lower one first.")
        if not 4096 <= self.smallest_area <= self.largest_area <= 2048 * 2048:
            raise InputError("The area bounds must be from 4096 to 4194304, the lower one first.")


def apply_auto_size(picture: ExtrasPicture, values: AutoSizeValues, tools: Tools) -> list[ExtrasPicture]:
    """Crop to the best of the allowed sizes; a picture that none fits is left as it is."""
    size = best_size(picture.image.size, values)
    if size is None:
        tools.job.comment("No allowed size is close to the picture's proportions; it was left as it is.")
        return [picture]
    image = covering(picture.image, size)
    return [picture.done(crop_around(image, (image.width / 2, image.height / 2), size))]


def best_size(size: Size, values: AutoSizeValues) -> Size | None:
    """Return the allowed size, its sides multiples of 64, that serves the objective best."""
    first = math.ceil(values.smallest_side / MULTIPLE) * MULTIPLE
    sides = range(first, values.largest_side + 1, MULTIPLE)
    wanted = size[0] / size[1]
    allowed: list[tuple[float, int, Size]] = []
    for width, height in product(sides, sides):
        error = 1 - min(width / height / wanted, wanted * height / width)
        if values.smallest_area <= width * height <= values.largest_area and error <= values.error:
            allowed.append((error, width * height, (width, height)))
    if not allowed:
        return None
    if values.objective == "Maximize area":
        return max(allowed, key=lambda entry: (entry[1], -entry[0]))[2]
    return min(allowed, key=lambda entry: (entry[0], -entry[1]))[2]


SPLIT = Operation("Split oversized images", 4000, SplitValues, apply_split)
FOCAL = Operation("Auto focal point crop", 4010, FocalValues, apply_focal)
AUTO_SIZE = Operation("Auto-sized crop", 4020, AutoSizeValues, apply_auto_size)
