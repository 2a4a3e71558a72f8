"""Describing the pictures of a folder: the words of each go into a text file of its name, beside it or elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modules.app.app import App
from modules.app.interrogate import Describe, require_model
from modules.core.errors import DeviceMemoryError, InputError
from modules.core.files import write_atomically
from modules.core.progress import Progress
from modules.enhance.job import EnhanceJob
from modules.enhance.options import EXISTING_CAPTIONS
from modules.generation.picture_files import PictureFile, name_some, open_picture, shown
from modules.generation.result import Result

LEFT_ALONE = (
    "These have a text already, which stays as it is: {names}. Action for existing captions (Settings, Postprocessing) "
    "set to Prepend or Append adds to it."
)


@dataclass
class Told:
    """What became of the files so far."""

    written: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def sentences(self, count: int, where: Path | None, others: Sequence[str]) -> tuple[str, ...]:
        """Return what is said at the end."""
        place = f", in {shown(where)}" if where else ""
        sentences = [f"{len(self.written)} of {count} {'text' if count == 1 else 'texts'} written{place}."]
        if self.left_alone:
            sentences.append(LEFT_ALONE.format(names=name_some(self.left_alone)))
        if others:
            sentences.append(f"Left out, as no pictures: {name_some(others)}.")
        return (*sentences, *self.problems)


def describe_files(
    app: App,
    pictures: Sequence[PictureFile],
    model: str,
    folder: Path | None = None,
    *,
    others: Sequence[str] = (),
    task_id: str | None = None,
) -> Result:
    """Wait our turn and describe pictures; one that cannot be read is told and left out.

    Args:
        app: the program.
        pictures: at least one.
        model: a name in `interrogate.WAYS`.
        folder: for the texts; None writes them beside the pictures.
        others: names of files that are no pictures, to be told.
        task_id: of the job; drawn if not given.

    Raises:
        InputError: none could be described.
        WebUIError: something else a person can act on.
    """
    way = require_model(model)

    def work(progress: Progress) -> Result:
        started, told = time.monotonic(), Told()
        job = EnhanceJob(app.settings(), progress)
        progress.plan(len(pictures))
        for number, picture in enumerate(pictures, 1):
            if progress.interrupted or progress.stopping:
                break
            progress.text = f"{number} out of {len(pictures)}"
            progress.more_to_come = number < len(pictures)
            progress.begin_sampling(0)
            _describe_file(app, picture, way, _text_file(picture, folder), job, told)
            progress.batch_done()
        if told.problems and not told.written:
            raise InputError(f"None of {len(pictures)} pictures could be described. {told.problems[0]}")
        return Result(
            images=(),
            info={},
            comments=(*told.sentences(len(pictures), folder, others), *progress.comments),
            seconds=time.monotonic() - started,
            interrupted=progress.interrupted or progress.stopping,
        )

    return app.queue.run(work, task_id, kind="interrogate")


def _text_file(picture: PictureFile, folder: Path | None) -> Path:
    place = folder / picture.name if folder else picture.path
    return place.with_suffix(".txt")


def _describe_file(app: App, picture: PictureFile, way: Describe, text: Path, job: EnhanceJob, told: Told) -> None:
    """Describe one picture, unless it has a text that is to stay, or the job is cut short."""
    existing, action = _read(text), job.settings[EXISTING_CAPTIONS]
    if existing and action not in ("Prepend", "Append"):
        told.left_alone.append(picture.name)
        return
    try:
        words = way(open_picture(picture), app.paths, app.flags, job)
    except (InputError, DeviceMemoryError) as error:
        told.problems.append(f"{shown(picture.name)}: {error}")
        return
    if job.cut_short:
        return
    joined = [existing, words] if action == "Prepend" else [words, existing]
    write_atomically(text, ", ".join(filter(None, joined)))
    told.written.append(picture.name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
