"""The recorded evidence: what A1111 1.8 answered, and how its pictures are compared with ours.

`tests/data/golden` holds a part of it; where the whole set lies beside the project (`../shared/golden`), all of it is
used. Its MANIFEST.md tells how it was made.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PROJECT = Path(__file__).parents[2]
COMMITTED = PROJECT / "tests" / "data" / "golden"
WHOLE = PROJECT.parent / "shared" / "golden"
EVIDENCE = WHOLE if (WHOLE / "cases").is_dir() else COMMITTED

LARGEST_DIFFERENCE = 2
MEAN_DIFFERENCE = 0.1


@dataclass(frozen=True)
class Case:
    """One recorded request with its answer."""

    group: str
    name: str
    endpoint: str
    request: dict[str, Any]
    status: int
    images: list[dict[str, Any]]
    info: dict[str, Any]
    folder: Path

    @property
    def id(self) -> str:
        return f"{self.group}/{self.name}"

    def picture(self, index: int) -> np.ndarray:
        """Return the recorded picture as (H, W, 3) integers."""
        return pixels(Image.open(self.folder / self.images[index]["file"]))


def read_case(path: Path) -> Case:
    raw = json.loads(path.read_text(encoding="utf-8"))
    info = raw.get("response", {}).get("info_parsed") or {}
    return Case(
        raw["group"],
        raw["name"],
        raw["endpoint"],
        with_inputs(raw["request"]),
        raw["status"],
        raw.get("images", []),
        info,
        path.parent,
    )


def with_inputs(value: Any) -> Any:
    """Return a request with the pictures that it names as `@inputs/NAME`, in base64."""
    if isinstance(value, dict):
        return {key: with_inputs(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_inputs(item) for item in value]
    if isinstance(value, str) and value.startswith("@inputs/"):
        return base64.b64encode((EVIDENCE / "cases" / value[1:]).read_bytes()).decode("ascii")
    return value


def read_cases(*groups: str) -> list[Case]:
    paths = [path for group in groups for path in sorted((EVIDENCE / "cases" / group).glob("*.json"))]
    return [read_case(path) for path in paths]


def read_json(name: str) -> Any:
    return json.loads((EVIDENCE / name).read_text(encoding="utf-8"))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def assert_same_picture(
    ours: Image.Image, theirs: np.ndarray, largest: int = LARGEST_DIFFERENCE, mean: float = MEAN_DIFFERENCE
) -> None:
    """Within 2 of 255 everywhere and 0.1 on average, which is how closely the reference repeats itself."""
    mine = pixels(ours)
    assert mine.shape == theirs.shape
    difference = np.abs(mine - theirs)
    assert difference.max() <= largest, f"max {difference.max()}, mean {difference.mean():.4f}"
    assert difference.mean() <= mean
