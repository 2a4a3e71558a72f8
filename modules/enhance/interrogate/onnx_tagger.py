"""Taggers as ONNX files with their tags in `selected_tags.csv` beside them, as the WD14 taggers come."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from modules.core.errors import CheckpointError

TAGS_FILE = "selected_tags.csv"
RATING = "9"
"""Category of the tags that say who may see a picture."""
SIDE = 448
"""Where the file leaves the pictures' size open."""


class OnnxTagger:
    """A network that takes square pictures (1, side, side, 3), BGR in 0..255, and gives a score in 0..1 a tag.

    Args:
        session: the network.
        tags: what its outputs mean; None for those that are left out.
    """

    def __init__(self, session: onnxruntime.InferenceSession, tags: list[str | None]) -> None:
        self._session, self._tags = session, tags
        self._input = session.get_inputs()[0]
        side = self._input.shape[1]
        self.side = side if isinstance(side, int) else SIDE

    def scores(self, picture: Image.Image) -> list[tuple[str, float]]:
        """Return how well each tag fits a picture (RGB)."""
        pixels = np.asarray(on_white_square(picture, self.side), dtype=np.float32)[None, :, :, ::-1]
        found = self._session.run(None, {self._input.name: np.ascontiguousarray(pixels)})[0]
        values = np.asarray(found, dtype=np.float64).reshape(-1).tolist()
        return [(tag, score) for tag, score in zip(self._tags, values, strict=True) if tag is not None]


def on_white_square(picture: Image.Image, side: int) -> Image.Image:
    """Put a picture into the middle of a white square and bring that to a size."""
    longest = max(picture.size)
    whole = Image.new("RGB", (longest, longest), "white")
    whole.paste(picture, ((whole.width - picture.width) // 2, (whole.height - picture.height) // 2))
    return whole if side == whole.width else whole.resize((side, side), Image.Resampling.BICUBIC)


def load_onnx_tagger(path: Path, *, on_gpu: bool) -> OnnxTagger:
    """Read a tagger.

    Raises:
        CheckpointError: a file is missing, damaged, or of another kind.
    """
    tags = _read_tags(path.parent / TAGS_FILE)
    wanted = {"CUDAExecutionProvider", "CPUExecutionProvider"} if on_gpu else {"CPUExecutionProvider"}
    providers = [name for name in onnxruntime.get_available_providers() if name in wanted]
    try:
        session = onnxruntime.InferenceSession(path, providers=providers)
    except Exception as error:  # onnxruntime has a dozen kinds, all of its own
        raise CheckpointError(f"{path.name} is damaged or no ONNX network: download it again.") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    if len(shape) != 4 or shape[3] != 3 or (isinstance(shape[1], int) and shape[1] != shape[2]):
        raise CheckpointError(f"{path.name} is no tagger of a known kind: it should take one square picture.")
    count = outputs[0].shape[-1]
    if isinstance(count, int) and count != len(tags):
        raise CheckpointError(
            f"{path.name} knows {count} tags and {TAGS_FILE} names {len(tags)}: both must be of the same tagger."
        )
    return OnnxTagger(session, tags)


def _read_tags(path: Path) -> list[str | None]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [None if row.get("category") == RATING else row["name"] for row in rows]
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.name} is missing in {path.parent}: it names the tagger's tags.") from error
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise CheckpointError(f"{path} cannot be read as the list of a tagger's tags: download it again.") from error
