"""Jobs of the Extras tab: pictures go through the chain one by one, are saved, and make a result like any other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from modules.app.app import App
from modules.core.errors import DeviceMemoryError, InputError
from modules.core.files import write_atomically
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.core.registry import shorten
from modules.enhance.extras.chain import ExtrasPicture, Tools, run_chain
from modules.enhance.job import EnhanceJob
from modules.enhance.options import EXISTING_CAPTIONS, UPSCALER_NAME_AS_SUFFIX, USE_ORIGINAL_NAME
from modules.generation.result import GeneratedImage, Result
from modules.imaging.filename import FilenameValues, NameRules
from modules.imaging.infotext import write_infotext
from modules.imaging.load import load_image
from modules.imaging.metadata import PARAMETERS, read_infotext
from modules.imaging.save import save_image
from modules.imaging.save_settings import output_folder, sample_save_options

log = logging.getLogger(__name__)

KIND = "extras"
PICTURE_SUFFIXES = frozenset(Image.registered_extensions())
SHOWN_SIDE = 512
"""Of a saved picture of a batch only so much is kept in memory."""


@dataclass(frozen=True)
class Source:
    """A picture to work on: opened, the bytes of its file, or its path."""

    picture: Image.Image | bytes | Path
    name: str | None = None
    """Of its file, in a batch."""

    @property
    def stem(self) -> str:
        """Its name without the extension."""
        return Path(self.name or "").stem


@dataclass(frozen=True)
class ExtrasRequest:
    """What to do with pictures.

    Attributes:
        operations: by operation's name its values; those that are not there are not done.
        keeps_alpha: transparency stays; A1111's API drops it.
        saves: write the results into files.
        folder: to save into, instead of the folder of the settings.
        shows: the result holds the pictures.
    """

    operations: Mapping[str, Any] = field(default_factory=dict[str, Any])
    keeps_alpha: bool = True
    saves: bool = True
    folder: Path | None = None
    shows: bool = True


def run_extras(
    app: App,
    sources: Sequence[Source],
    request: ExtrasRequest,
    task_id: str | None = None,
    settings: Settings | None = None,
) -> Result:
    """Wait our turn and work on the pictures; in a batch, one that cannot be worked on is told and left out.

    Raises:
        InputError: there is no picture, or none that could be worked on.
        WebUIError: something else a person can act on.
    """
    if not sources:
        raise InputError("There is no picture to work on.")
    settings = settings or app.settings()
    return app.queue.run(lambda progress: _work(app, sources, request, settings, progress), task_id, kind=KIND)


def pictures_in(folder_text: str, label: str = "Input directory") -> list[Source]:
    """Return the pictures in a folder, by name.

    Raises:
        InputError: no folder, one that cannot be read, or one without pictures.
    """
    if not folder_text.strip():
        raise InputError(f"{label} is empty: name a folder of pictures.")
    folder = Path(folder_text.strip()).expanduser()
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{label}: cannot read the folder {shorten(str(folder), 300)}: {reason}.") from error
    found = [Source(path, path.name) for path in files if path.suffix.lower() in PICTURE_SUFFIXES]
    if not found:
        raise InputError(f"{label}: there are no pictures in {shorten(str(folder), 300)}.")
    return found


def _work(
    app: App, sources: Sequence[Source], request: ExtrasRequest, settings: Settings, progress: Progress
) -> Result:
    started, made, failures = time.monotonic(), list[GeneratedImage](), list[str]()
    infotext = ""
    tools = Tools(EnhanceJob(settings, progress), app.paths, app.flags)
    progress.plan(len(sources))
    for number, source in enumerate(sources):
        if progress.interrupted or progress.stopping:
            break
        progress.more_to_come = number + 1 < len(sources)
        progress.begin_sampling(0)
        try:
            unique = source.stem not in {earlier.stem for earlier in sources[:number]}
            for picture in _work_on(source, request, tools, overwrites=unique):
                infotext = picture.infotext
                made.append(picture)
        except (InputError, DeviceMemoryError) as error:
            if len(sources) == 1:
                raise
            failures.append(f"{source.name or f'Picture {number + 1}'}: {error}")
            log.warning("%s", failures[-1])
        progress.batch_done()
    if failures and not made and not progress.interrupted:
        raise InputError(f"None of the {len(sources)} pictures could be worked on. {failures[0]}")
    return Result(
        images=tuple(made) if request.shows else (),
        info={"html_info": infotext},
        comments=(*failures, *progress.comments),
        seconds=time.monotonic() - started,
        interrupted=progress.interrupted or progress.stopping,
        cut_short=progress.cut_short,
    )


def _work_on(source: Source, request: ExtrasRequest, tools: Tools, *, overwrites: bool) -> Iterator[GeneratedImage]:
    """Work on one picture; yield what became of it, unless the work was cut short.

    Args:
        source: the picture.
        request: what to do.
        tools: what operations work with.
        overwrites: a file of its name may be replaced, if the settings say so.
    """
    opened = _open(source, tools.job)
    existing = read_infotext(opened)
    image = _upright(opened, keeps_alpha=request.keeps_alpha)
    pictures = run_chain(image, request.operations, tools)
    if tools.job.cut_short:
        return
    for picture in pictures:
        infotext = write_infotext("", "", picture.info)
        texts = {**existing.items, "postprocessing": infotext}
        if existing.infotext:
            texts[PARAMETERS] = existing.infotext
        result = picture.image.copy()
        result.info = {**texts}
        if request.saves:
            path = _save(result, picture, infotext, source, request, tools, overwrites=overwrites)
        else:
            path = None
        if path is not None and source.name is not None:
            result.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
        yield GeneratedImage(result, -1, -1, "", "", infotext, path)


def _open(source: Source, job: EnhanceJob) -> Image.Image:
    image = source.picture if isinstance(source.picture, Image.Image) else load_image(source.picture)
    if getattr(image, "n_frames", 1) > 1:
        job.comment(f"{source.name or 'The picture'} is animated; only its first frame was used.")
    return image


def _upright(image: Image.Image, *, keeps_alpha: bool) -> Image.Image:
    """Return the picture as it is meant to be seen, in RGB, or in RGBA if transparency stays."""
    # torch is imported with it, so not before a job
    from modules.enhance.network_upscale import split_alpha, with_alpha

    colours, alpha = split_alpha(ImageOps.exif_transpose(image))
    return with_alpha(colours, alpha if keeps_alpha else None)


def _save(
    image: Image.Image,
    picture: ExtrasPicture,
    infotext: str,
    source: Source,
    request: ExtrasRequest,
    tools: Tools,
    *,
    overwrites: bool,
) -> Path:
    """Save a picture: under the name of its source, if it has one and the setting says so, else under a number."""
    settings = tools.job.settings
    folder = request.folder or output_folder(settings, tools.paths.data, KIND)
    named = source.name is not None and settings[USE_ORIGINAL_NAME]
    suffix = f"-{picture.info.get('Postprocess upscaler', 'None')}" if settings[UPSCALER_NAME_AS_SUFFIX] else ""
    rules = NameRules(max_length=200, unix=tools.flags.unix_filenames_sanitization)
    options = replace(
        sample_save_options(settings, rules),
        name_pattern="[basename]" if named and source.stem.strip(" .") else "",
        folder_pattern=None,
        add_number=not named,
        suffix="-".join(["", *picture.tags]) + suffix.replace("/", "_").replace("\\", "_"),
    )
    if not overwrites or (isinstance(source.picture, Path) and _same_folder(folder, source.picture.parent)):
        options = replace(options, overwrite=False)  # never over another result, or the picture it was made from
    image.info["extras"] = infotext
    if options.format != "png":
        image.info.setdefault(PARAMETERS, infotext)  # the one text that other formats hold
    path = save_image(image, folder, FilenameValues(basename=source.stem), None, options)
    if picture.caption:
        _save_caption(path.with_suffix(".txt"), picture.caption, settings)
    return path


def _same_folder(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve()
    except OSError:
        return False


def _save_caption(path: Path, caption: str, settings: Settings) -> None:
    """Write a caption beside its picture, as the setting wants it joined with one that is there."""
    try:
        existing = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        existing = ""
    action = settings[EXISTING_CAPTIONS] if existing else "Ignore"
    if action != "Keep":
        joined = {"Prepend": f"{existing} {caption}", "Append": f"{caption} {existing}"}
        write_atomically(path, joined.get(action, caption))
