"""How far two pictures are apart, in numbers and as a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

WHITE = 255
SEPARATOR = 4  # pixels of grey between the panels


@dataclass(frozen=True)
class Difference:
    """Of two pictures of one size.

    Attributes:
        largest: of any channel value, 0..255.
        mean: over all channel values.
        mean_square: the same, of squares.
    """

    largest: int
    mean: float
    mean_square: float

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB; infinite for equal pictures."""
        return 10 * math.log10(WHITE**2 / self.mean_square) if self.mean_square else math.inf


def compare(ours: Image.Image, theirs: Image.Image) -> Difference:
    """Compare the colours of two pictures of one size; transparency does not count."""
    apart = _apart(ours, theirs)
    return Difference(int(apart.max(initial=0)), float(apart.mean()), float(np.square(apart, dtype=np.int32).mean()))


def difference_picture(theirs: Image.Image, ours: Image.Image) -> tuple[Image.Image, int]:
    """Lay both pictures and their difference side by side.

    Returns:
        The sheet, and the whole number by which the difference was multiplied to be seen.
    """
    apart = _apart(ours, theirs)
    factor = WHITE // max(int(apart.max(initial=0)), 1)
    amplified = Image.fromarray((apart * factor).astype(np.uint8))
    width, height = theirs.size
    sheet = Image.new("RGB", (3 * width + 2 * SEPARATOR, height), "gray")
    for i, panel in enumerate((theirs, ours, amplified)):
        sheet.paste(panel.convert("RGB"), (i * (width + SEPARATOR), 0))
    return sheet, factor


def _apart(ours: Image.Image, theirs: Image.Image) -> np.ndarray:
    """Return the absolute difference (H, W, 3)."""
    mine, wanted = (np.asarray(image.convert("RGB")).astype(np.int16) for image in (ours, theirs))
    return np.abs(mine - wanted)
