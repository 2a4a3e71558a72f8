"""What a job gives back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from modules.hardware.peak_memory import PeakMemory


@dataclass(frozen=True)
class GeneratedImage:
    """A finished picture.

    Attributes:
        infotext: its parameters; also in `image.info["parameters"]`.
        path: the saved file, if it was saved.
        is_beside: it only goes with the picture before it: its mask, or what was painted alone.
    """

    image: Image.Image
    seed: int
    subseed: int
    prompt: str
    negative_prompt: str
    infotext: str
    path: Path | None = None
    is_beside: bool = False


@dataclass(frozen=True)
class Result:
    """All pictures of a job.

    Attributes:
        info: A1111's info object (contract 2.1).
        comments: warnings for people.
        grid: a sheet of all pictures, if one was made.
        interrupted: the user stopped it early.
        cut_short: its last pictures are unfinished, by Interrupt or Skip.
        memory: what it took of a graphics card, if there is one.
    """

    images: tuple[GeneratedImage, ...]
    info: Mapping[str, Any]
    comments: tuple[str, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False
    cut_short: bool = False
    grid: GeneratedImage | None = None
    memory: PeakMemory | None = None

    def with_comments(self, more: Iterable[str]) -> Result:
        """Return the same with more comments, each once."""
        return replace(self, comments=tuple(dict.fromkeys((*self.comments, *more))))

    def info_json(self) -> str:
        """Return the info object as A1111's API sends it, a JSON text; `comments` are in it where there are any."""
        told = {"comments": list(self.comments)} if self.comments else {}
        return json.dumps({**self.info, **told}, ensure_ascii=True)
