"""Draw with the whole program, as a request to it does: companions are found in its folders and named in prompts."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from modules.app.app import App, build_app
from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.generation.request import Txt2ImgRequest
from starter.bench import share
from starter.judge import THINGS, TINTS, Judge, load_judge, shrink

COMMON = {"steps": 20, "cfg_scale": 4.0, "sampler_name": "DPM++ 2M", "scheduler": "Karras", "width": 128, "height": 128}


class Stage:
    """The program with its models and embeddings, its outputs in a folder that goes away with it.

    Attributes:
        seeds: pictures of a prompt where single ones would be luck.
    """

    def __init__(self, program: Path = PROGRAM_FOLDER, seeds: int = 6) -> None:
        self.program, self.seeds = program.absolute(), seeds
        self._folder = tempfile.TemporaryDirectory()
        flags = dataclasses.replace(
            Flags(),
            data_dir=Path(self._folder.name),
            models_dir=self.program / "models",
            embeddings_dir=self.program / "embeddings",
            use_cpu=("all",),
        )
        self.app: App = build_app(flags)
        self.judge: Judge = load_judge(PROGRAM_FOLDER / "tests" / "data" / "starter" / "judge.safetensors")

    def draw(self, prompt: str, negative: str = "", *, seed: int = 100, **more: Any) -> Tensor:
        """`seeds` pictures of one prompt, (B, 3, H, W) in 0..1; `more` are fields of the request."""
        options = {**COMMON, "batch_size": self.seeds, "seed": seed, **more}
        result = self.app.txt2img(Txt2ImgRequest(prompt=prompt, negative_prompt=negative, **options))
        pictures = [np.array(made.image.convert("RGB"), np.float32) / 255 for made in result.images]
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)

    def things(self, pixels: Tensor) -> list[str]:
        """The judge's word for each picture's object."""
        with torch.no_grad():
            return [THINGS[i] for i in self.judge(shrink(pixels * 2 - 1))[0].argmax(-1).tolist()]

    def right(self, prompts: Sequence[str], drawn: Sequence[Tensor]) -> float:
        """Per cent of pictures whose object the judge names as their prompt does."""
        pairs = [(name, prompt) for prompt, pixels in zip(prompts, drawn, strict=True) for name in self.things(pixels)]
        return share([name in prompt for name, prompt in pairs])

    def tints(self, pixels: Tensor) -> list[str]:
        """The judge's word for each picture's tint."""
        with torch.no_grad():
            return [TINTS[i] for i in self.judge(shrink(pixels * 2 - 1))[1].argmax(-1).tolist()]


def rises(values: Sequence[float], margin: float = 0.0) -> bool:
    """True if every value is greater than the one before it by more than `margin`."""
    return all(then > now + margin for now, then in pairwise(values))
