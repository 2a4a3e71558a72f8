"""A picture in words: BLIP's caption, then the lines of each category that CLIP finds to fit best (contract 7.11)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.paths import Paths
from modules.enhance.interrogate.awake import Awake
from modules.enhance.interrogate.categories import Category, read_categories
from modules.enhance.interrogate_options import (
    LINES_LIMIT,
    MAX_LENGTH,
    MIN_LENGTH,
    NUM_BEAMS,
    RETURN_RANKS,
    SKIPPED_CATEGORIES,
)
from modules.enhance.job import EnhanceJob
from modules.enhance.network_upscale import split_alpha
from modules.hardware.memory import memory_errors

if TYPE_CHECKING:
    from modules.enhance.interrogate.networks import Network

log = logging.getLogger(__name__)

NO_BLIP = (
    "Describing pictures needs BLIP: put the folder of a captioning model in transformers' format, such as "
    "blip-image-captioning-base (config.json, model.safetensors and the tokenizer's files), into {folder}."
)
PTH_THERE = " A1111's .pth file there is of another format and cannot be read."
NO_CLIP = (
    "Only the caption was made: comparing the picture with the lines in {lines} needs CLIP. Put the folder of "
    "clip-vit-large-patch14 in transformers' format into {folder}."
)


@dataclass(frozen=True)
class Places:
    """Where things are: folders of both networks, and that of the categories."""

    blip: Path
    clip: Path
    categories: Path


def places_of(paths: Paths, flags: Flags) -> Places:
    """Return where the files are looked for."""
    return Places(paths.models / "BLIP", flags.clip_models_path or paths.models / "CLIP", paths.data / "interrogate")


class KeptNetworks:
    """The networks that were used, by folder; between pictures they wait in the machine's memory."""

    def __init__(self) -> None:
        self._kept: dict[Path, Network] = {}
        self._lock = threading.Lock()

    def get(self, folder: Path, load: Callable[[Path], Network]) -> Network:
        """Return a network, read if it was not.

        Raises:
            CheckpointError: it cannot be read.
        """
        with self._lock:
            if folder not in self._kept:
                self._kept[folder] = load(folder)
            return self._kept[folder]

    def clear(self) -> None:
        """Let all go."""
        with self._lock:
            self._kept.clear()


NETWORKS = KeptNetworks()


def describe(image: Image.Image, paths: Paths, flags: Flags, job: EnhanceJob) -> str:
    """Return a picture in words, with the best lines of all categories.

    Raises:
        CheckpointError: BLIP is not there, or files cannot be read.
        DeviceMemoryError: there is not enough memory.
    """
    picture, places = split_alpha(image)[0].convert("RGB"), places_of(paths, flags)
    said = [_caption(picture, places, flags, job)]
    settings = job.settings
    categories = read_categories(places.categories, settings[SKIPPED_CATEGORIES], int(settings[LINES_LIMIT]))
    if categories and not job.cut_short:
        said += _lines(picture, categories, places, flags, job)
    return ", ".join(part for part in said if part)


def describe_shortly(image: Image.Image, paths: Paths, flags: Flags, job: EnhanceJob) -> str:
    """Return the caption alone.

    Raises:
        CheckpointError: BLIP is not there, or its files cannot be read.
        DeviceMemoryError: there is not enough memory.
    """
    return _caption(split_alpha(image)[0].convert("RGB"), places_of(paths, flags), flags, job)


def _caption(picture: Image.Image, places: Places, flags: Flags, job: EnhanceJob) -> str:
    from modules.enhance.interrogate import networks  # transformers takes seconds to import

    folder = networks.find_folder(places.blip, "blip")
    if folder is None:
        hint = PTH_THERE if any(places.blip.glob("*.pth")) else ""
        raise CheckpointError(NO_BLIP.format(folder=places.blip) + hint)
    settings = job.settings
    blip = NETWORKS.get(folder, networks.load_blip)
    with memory_errors(), Awake(blip.model, flags, job):
        return networks.caption(
            blip,
            picture,
            beams=int(settings[NUM_BEAMS]),
            min_length=int(settings[MIN_LENGTH]),
            max_length=int(settings[MAX_LENGTH]),
        )


def _lines(
    picture: Image.Image, categories: list[Category], places: Places, flags: Flags, job: EnhanceJob
) -> list[str]:
    from modules.enhance.interrogate import networks

    folder = networks.find_folder(places.clip, "clip")
    if folder is None:
        job.comment(NO_CLIP.format(lines=places.categories, folder=places.clip))
        return []
    clip = NETWORKS.get(folder, networks.load_clip)
    said: list[str] = []
    with memory_errors(), Awake(clip.model, flags, job):
        seen = networks.picture_features(clip, picture)
        for category in categories:
            if job.cut_short:
                break
            best = networks.best_lines(clip, seen, category.lines, category.top)
            said += [f"({line}:{share:.3f})" if job.settings[RETURN_RANKS] else line for line, share in best]
    return said
