"""Cutting a face out so that it stands as in FFHQ, the pictures that restorers were trained on, and putting it back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from PIL.Image import Resampling

SIDE = 512
FFHQ_POINTS = np.array(
    [
        (192.98138, 239.94708),
        (318.90277, 240.1936),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ]
)
"""Where eyes, nose and corners of the mouth are in 512 x 512 pixels.

Source: the template of facexlib (MIT), the means over FFHQ.
"""
SOFT_EDGE = 40
"""Pixels of the cut-out over which it fades into the picture."""
GREY = (135, 133, 132)


@dataclass(frozen=True)
class Alignment:
    """How a face lies in its picture.

    Attributes:
        matrix: (2, 3); takes a place in the picture to one in the cut-out.
    """

    matrix: np.ndarray

    @property
    def scale(self) -> float:
        """How many pixels of the cut-out one of the picture becomes."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    @property
    def inverse(self) -> np.ndarray:
        """(2, 3); takes a place in the cut-out to one in the picture."""
        rotation = np.linalg.inv(self.matrix[:, :2])
        return np.hstack([rotation, -rotation @ self.matrix[:, 2:]])


def align(points: np.ndarray) -> Alignment:
    """Return the turn, growth and shift that bring five points (5, 2) closest to FFHQ's.

    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    means = points.mean(0), FFHQ_POINTS.mean(0)
    source, target = points - means[0], FFHQ_POINTS - means[1]
    u, strengths, vt = np.linalg.svd(target.T @ source)
    signs = np.array([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    growth = (strengths * signs).sum() / max((source**2).sum(), 1e-9)
    rotation = growth * (u * signs) @ vt
    return Alignment(np.hstack([rotation, (means[1] - rotation @ means[0])[:, None]]))


def cut_out(image: Image.Image, alignment: Alignment) -> Image.Image:
    """Return the face, 512 x 512, upright; beyond the picture is grey."""
    shrink = max(int(1 / max(alignment.scale, 1e-6)), 1)
    small = image.reduce(shrink) if shrink > 1 else image
    matrix = alignment.inverse / shrink
    sheet = Image.new("RGB", (SIDE, SIDE), GREY)
    cut = small.transform((SIDE, SIDE), Image.Transform.AFFINE, tuple(matrix.flatten()), Resampling.BICUBIC)
    inside = Image.new("L", small.size, 255).transform(
        (SIDE, SIDE), Image.Transform.AFFINE, tuple(matrix.flatten()), Resampling.NEAREST
    )
    sheet.paste(cut, (0, 0), inside)
    return sheet


def put_back(image: Image.Image, face: Image.Image, alignment: Alignment) -> Image.Image:
    """Return the picture with the face laid over where it was cut out, fading at its edges."""
    scale = alignment.scale
    larger = max(int(np.ceil(scale)), 1)  # the cut-out is shrunk by whole numbers first, lest fine lines break up
    small = face.reduce(larger) if larger > 1 else face
    mask = _soft_mask().reduce(larger) if larger > 1 else _soft_mask()
    matrix = tuple((alignment.matrix / larger).flatten())
    laid = small.transform(image.size, Image.Transform.AFFINE, matrix, Resampling.BICUBIC)
    where = mask.transform(image.size, Image.Transform.AFFINE, matrix, Resampling.BILINEAR)
    return Image.composite(laid, image, where)


def _soft_mask() -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (SOFT_EDGE, SOFT_EDGE, SIDE - SOFT_EDGE, SIDE - SOFT_EDGE))
    return mask.filter(ImageFilter.GaussianBlur(SOFT_EDGE / 3))
