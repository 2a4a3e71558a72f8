"""img2img over many files: each becomes a job of its own; what goes wrong with one does not end the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modules.core.errors import DeviceMemoryError, InputError, WebUIError
from modules.core.progress import Progress
from modules.generation.each_image import resolve_seed
from modules.generation.from_infotext import Recipe, read_recipe
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.options import CHECKPOINT
from modules.generation.picture_files import PictureFile, mask_of, name_some, open_picture, shown, written_parameters
from modules.generation.result import GeneratedImage, Result

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "Prompt": (),
    "Negative prompt": (),
    "Seed": ("seed",),
    "CFG scale": ("cfg_scale",),
    "Sampler": ("sampler_name", "scheduler"),
    "Steps": ("steps",),
    "Model hash": (),
}
"""What may be taken from a picture's parameters, and the fields it sets; prompts are added, a model is an override."""

NOTES_SHOWN = 20
LISTS = ("all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds", "infotexts")

Make = Callable[[Img2ImgRequest, PictureFile, Progress], Result]
"""Makes and saves the pictures of one file."""


@dataclass(frozen=True)
class Img2ImgBatch:
    """Many pictures, made into others by one request.

    Attributes:
        request: for all; its own picture is only a stand-in.
        pictures: at least one.
        masks: one for all, or one of the same name for each; none repaints everything.
        output: folder for the results, which keep the names of the files; None saves as usual.
        properties: names out of `PROPERTIES` to take from the parameters written in each picture.
        parameters_folder: look for pictures of the same name here, for their parameters.
        scale: the size of each result, in sizes of its picture; None takes the request's size.
        shown: at most so many results are given back; None is all.
        notes: for people, from those who looked for the files.
    """

    request: Img2ImgRequest
    pictures: tuple[PictureFile, ...]
    masks: tuple[PictureFile, ...] = ()
    output: Path | None = None
    properties: frozenset[str] = frozenset()
    parameters_folder: Path | None = None
    scale: float | None = None
    shown: int | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Collected:
    """What the files have given so far."""

    images: list[GeneratedImage] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    done: int = 0
    made: int = 0
    cut_short: bool = False

    def add(self, result: Result, name: str, most: int | None, told: list[str]) -> None:
        """Take the pictures of one file, as many as are to be shown."""
        room = len(result.images) if most is None else max(0, most - len(self.images))
        self.images += result.images[:room]
        if not self.info:
            self.info = {**result.info, **{key: [] for key in LISTS}}
        for key in LISTS:
            self.info[key] += list(result.info.get(key, ()))[:room]
        self.comments += [f"{shown(name)}: {line}" for line in result.comments if line not in told]
        self.made += len(result.images)
        self.cut_short = result.cut_short
        self.done += not result.cut_short


def run_img2img_batch(batch: Img2ImgBatch, make: Make, progress: Progress) -> Result:
    """Make the pictures of all files, one file after the other.

    Raises:
        WebUIError: not one picture could be made.
    """
    started = time.monotonic()
    batch = replace(batch, request=with_seeds(batch.request))
    count, each = len(batch.pictures), batch.request.n_iter
    collected = Collected()
    for i, picture in enumerate(batch.pictures):
        if progress.interrupted or progress.stopping:
            break
        progress.plan_all(count * each)  # a script may have counted its own
        progress.job_no, progress.text = i * each, f"{i + 1} out of {count}"
        try:
            result = make(request_for(batch, picture), picture, progress)
            collected.add(result, picture.name, batch.shown, progress.comments)
            if result.cut_short and not progress.interrupted:
                collected.problems.append(f"{shown(picture.name)}: skipped")
        except (InputError, DeviceMemoryError) as error:
            collected.problems.append(f"{shown(picture.name)}: {error}")
        except WebUIError as error:  # the disk is full, the model is gone: the next file would fail just so
            if not collected.made:
                raise
            collected.problems.append(f"Ended at {shown(picture.name)}: {error}")
            break
    if not collected.made and collected.problems:
        raise InputError(none_done(collected.problems, count))
    return finished(batch, collected, progress, time.monotonic() - started)


def with_seeds(request: Img2ImgRequest) -> Img2ImgRequest:
    """Return the request with seeds drawn, so that all files share them."""
    return replace(request, seed=resolve_seed(request.seed), subseed=resolve_seed(request.subseed))


def finished(batch: Img2ImgBatch, collected: Collected, progress: Progress, seconds: float) -> Result:
    """Put everything together."""
    count = len(batch.pictures)
    problems = collected.problems
    if len(problems) > NOTES_SHOWN:
        problems = [*problems[:NOTES_SHOWN], f"… and {len(problems) - NOTES_SHOWN} more"]
    return Result(
        images=tuple(collected.images),
        info={**collected.info, "index_of_first_image": 0},
        comments=(
            f"{collected.done} of {count} {'file' if count == 1 else 'files'} done{where(batch)}.",
            *batch.notes,
            *problems,
            *dict.fromkeys([*collected.comments, *progress.comments]),
        ),
        seconds=seconds,
        interrupted=progress.interrupted or progress.stopping,
        cut_short=collected.cut_short,
    )


def where(batch: Img2ImgBatch) -> str:
    """Say where the results are, if a folder was named."""
    return f"; saved in {shown(batch.output)}" if batch.output else ""


def none_done(problems: list[str], count: int) -> str:
    """Return the sentence for a batch of which nothing could be used."""
    if len(problems) == 1:
        return problems[0]
    return f"None of {count} files could be used: {name_some(problems)}"


def request_for(batch: Img2ImgBatch, picture: PictureFile) -> Img2ImgRequest:
    """Return the request for one file.

    Raises:
        InputError: the file or its mask cannot be used, or it needs a mask and there is none.
    """
    image = open_picture(picture)
    changed: dict[str, Any] = {"init_images": (image,)}
    if batch.masks:
        mask = mask_of(picture, batch.masks)
        if mask is None:
            raise InputError("there is no mask of that name; left out.")
        try:
            opened = open_picture(mask)
        except InputError as error:
            raise InputError(f"its mask {shown(mask.name)} cannot be used: {error}") from error
        changed["mask"] = opened if opened.size == image.size else opened.resize(image.size)
    if batch.scale is not None:
        changed |= {"width": int(image.width * batch.scale), "height": int(image.height * batch.scale)}
    if batch.properties:
        changed |= taken_parameters(batch, picture)
    return replace(batch.request, **changed)


def taken_parameters(batch: Img2ImgBatch, picture: PictureFile) -> dict[str, Any]:
    """Return the fields that the parameters written in a picture change.

    Raises:
        InputError: they are too long, or the file that holds them cannot be read.
    """
    text = written_parameters(picture, batch.parameters_folder)
    if not text:
        return {}
    recipe, request = read_recipe(text), batch.request
    names = [name for wanted in batch.properties for name in PROPERTIES[wanted]]
    taken = {name: recipe.fields[name] for name in names if name in recipe.fields}
    if "Prompt" in batch.properties:
        taken["prompt"] = joined(request.prompt, recipe, "prompt")
    if "Negative prompt" in batch.properties:
        taken["negative_prompt"] = joined(request.negative_prompt, recipe, "negative_prompt")
    if "Model hash" in batch.properties and recipe.written.get("Model hash"):
        overrides = {**request.override_settings, CHECKPOINT.name: str(recipe.written["Model hash"])}
        taken["override_settings"] = overrides
    return taken


def joined(own: str, recipe: Recipe, name: str) -> str:
    """Return a prompt with the picture's own after it."""
    return f"{own} {recipe.fields.get(name, '')}".strip()
