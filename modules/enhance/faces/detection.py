"""Finding faces and five points in each: both eyes, the nose, both corners of the mouth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from PIL.Image import Resampling
from torch import Tensor

from modules.enhance.faces.mtcnn import Cascade, load_cascade
from modules.enhance.network_upscale import to_rgb

LONGEST_SIDE = 1280
"""Larger pictures are searched at this size."""
SMALLEST_FACE = 20
PYRAMID_STEP = 0.709
CELL, STRIDE = 12, 2
THRESHOLDS = (0.6, 0.7, 0.8)
"""How sure each of the three networks has to be."""


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    Attributes:
        box: left, top, right, bottom in pixels.
        points: (5, 2), x and y: left eye, right eye, nose, left and right corner of the mouth, as one sees them.
        certainty: 0..1.
    """

    box: tuple[float, float, float, float]
    points: np.ndarray
    certainty: float


@torch.inference_mode()
def find_faces(image: Image.Image, should_stop: Callable[[], bool] = lambda: False) -> list[Face]:
    """Return the faces in a picture, the largest first.

    Source: Zhang et al. 2016, arXiv:1604.02878: a pyramid of sizes, then three networks, each looking closer.
    """
    small = to_rgb(image)
    shrink = min(LONGEST_SIDE / max(image.size), 1.0)
    if shrink < 1:
        size = tuple(max(round(side * shrink), 1) for side in image.size)
        small = small.resize(size, Resampling.BOX)  # type: ignore[arg-type]
    if min(small.size) < CELL:
        return []
    cascade = load_cascade()
    pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1).unsqueeze(0).float().sub(127.5).mul(1 / 128)

    boxes = _propose(cascade, pixels, should_stop)
    boxes = _refine(cascade, pixels, boxes)
    boxes, points = _look(cascade, pixels, boxes)
    faces = [
        Face(tuple(box[:4] / shrink), landmarks / shrink, float(box[4]))
        for box, landmarks in zip(boxes.numpy(), points.numpy(), strict=True)
    ]
    return sorted(faces, key=lambda face: (face.box[0] - face.box[2]) * (face.box[3] - face.box[1]))


def _propose(cascade: Cascade, pixels: Tensor, should_stop: Callable[[], bool]) -> Tensor:
    """Return candidate boxes (N, 5): left, top, right, bottom, certainty."""
    height, width = pixels.shape[-2:]
    scale = CELL / SMALLEST_FACE
    found = [torch.zeros(0, 5)]
    while min(height, width) * scale >= CELL and not should_stop():
        size = (int(height * scale + 1), int(width * scale + 1))
        is_face, shifts = cascade.proposals(F.interpolate(pixels, size, mode="area"))
        rows, columns = (is_face[0, 1] >= THRESHOLDS[0]).nonzero(as_tuple=True)
        corners = torch.stack([columns, rows, columns, rows], 1) * STRIDE + torch.tensor([0, 0, CELL, CELL])
        boxes = _shifted(corners / scale, shifts[0, :, rows, columns].T)
        sure = is_face[0, 1, rows, columns]
        kept = _without_overlaps(boxes, sure, 0.5)
        found.append(torch.cat([boxes, sure[:, None]], 1)[kept])
        scale *= PYRAMID_STEP
    boxes = torch.cat(found)
    return boxes[_without_overlaps(boxes, boxes[:, 4], 0.7)]


def _refine(cascade: Cascade, pixels: Tensor, boxes: Tensor) -> Tensor:
    squares = _squares(boxes)
    if not len(squares):
        return squares
    is_face, shifts = cascade.refinement(_cut(pixels, squares, 24))
    sure = is_face[:, 1]
    refined = torch.cat([_shifted(squares, shifts), sure[:, None]], 1)[sure > THRESHOLDS[1]]
    return refined[_without_overlaps(refined, refined[:, 4], 0.7)]


def _look(cascade: Cascade, pixels: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return boxes (N, 5) and points (N, 5, 2)."""
    squares = _squares(boxes)
    if not len(squares):
        return torch.zeros(0, 5), torch.zeros(0, 5, 2)
    is_face, shifts, places = cascade.output(_cut(pixels, squares, 48))
    sure = is_face[:, 1]
    sizes = (squares[:, 2:4] - squares[:, :2]).unsqueeze(1)
    points = places.view(-1, 2, 5).transpose(1, 2) * sizes + squares[:, None, :2]
    final = torch.cat([_shifted(squares, shifts), sure[:, None]], 1)
    final, points = final[sure > THRESHOLDS[2]], points[sure > THRESHOLDS[2]]
    kept = _without_overlaps(final, final[:, 4], 0.5)
    return final[kept], points[kept]


def _shifted(boxes: Tensor, shifts: Tensor) -> Tensor:
    """Return boxes (N, 4) moved by shifts (N, 4), which are parts of their sides."""
    sides = (boxes[:, 2:4] - boxes[:, :2]).repeat(1, 2)
    return boxes[:, :4] + shifts * sides


def _squares(boxes: Tensor) -> Tensor:
    """Return the squares (N, 4) around the same centres, as wide as the longer side."""
    centre = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]).amax(1, keepdim=True) / 2 if len(boxes) else boxes[:, :1]
    return torch.cat([centre - half, centre + half], 1)


def _cut(pixels: Tensor, squares: Tensor, side: int) -> Tensor:
    """Return (N, 3, side, side): what is in the squares; beyond the picture is grey."""
    height, width = pixels.shape[-2:]
    cut: list[Tensor] = []
    for left, top, right, bottom in squares.round().int().tolist():
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        inside = pixels[..., max(top, 0) : max(min(bottom, height), 0), max(left, 0) : max(min(right, width), 0)]
        beyond = (max(-left, 0), max(right - width, 0), max(-top, 0), max(bottom - height, 0))
        piece = F.pad(inside, beyond) if inside.numel() else pixels.new_zeros(1, 3, 1, 1)
        cut.append(F.interpolate(piece, (side, side), mode="area"))
    return torch.cat(cut)


def _without_overlaps(boxes: Tensor, sure: Tensor, most: float) -> list[int]:
    """Return which boxes to keep: the surest, then those that share less than `most` with one that is kept."""
    left, top, right, bottom = boxes[:, :4].double().numpy().T
    areas = (right - left) * (bottom - top)
    order = np.argsort(-sure.double().numpy(), kind="stable")
    kept: list[int] = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        wide = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        high = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        order = rest[shared / np.maximum(areas[best] + areas[rest] - shared, 1e-9) <= most]
    return kept
