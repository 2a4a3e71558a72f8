"""Saving pictures as scripts ask for it: A1111's `images.save_image` (contract 6.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from PIL.Image import Image

from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import Paths
from modules.generation.processed import mark_saved
from modules.imaging.filename import FilenameValues, NameRules
from modules.imaging.options import DIRECTORIES_FILENAME_PATTERN
from modules.imaging.save import SaveOptions, save_image
from modules.imaging.save_settings import grid_save_options, output_folder, sample_save_options

OF_THE_JOB = ("steps", "cfg_scale", "width", "height", "batch_size", "denoising_strength")


class Home(Protocol):
    """The program: where its files are, and its settings."""

    paths: Paths
    flags: Flags

    def settings(self, overrides: Mapping[str, Any] | None = None) -> Settings: ...


@dataclass(frozen=True)
class PictureToSave:
    """What a script says of a picture that it saves.

    Attributes:
        folder: None takes that of the settings.
        basename: what the name begins with.
        seed: for the name; without it the name is only a number.
        short_filename: the name is only a number.
        no_prompt: save into no subfolders.
        grid: it is a sheet.
        p: the job.
        existing_info: texts that the file is to have besides.
        forced_filename: the whole name, without extension.
        suffix: what the name ends with.
        save_to_dirs: save into subfolders or not; None as the settings say.
    """

    image: Image
    folder: str | None
    basename: str
    seed: int | None = None
    prompt: str | None = None
    extension: str = "png"
    infotext: str | None = None
    short_filename: bool = False
    no_prompt: bool = False
    grid: bool = False
    p: Any = None
    existing_info: Mapping[str, Any] = field(default_factory=dict)
    forced_filename: str | None = None
    suffix: str = ""
    save_to_dirs: bool | None = None


def save_picture(asked: PictureToSave, home: Home) -> tuple[str, str | None]:
    """Save a picture as the settings say; return its file, and that of its text if one was written."""
    settings = home.settings(asked.p.override_settings if asked.p is not None else None)
    for name, value in asked.existing_info.items():
        asked.image.info.setdefault(name, value)
    kind = "img2img" if hasattr(asked.p, "init_images") else "txt2img"
    of_settings = output_folder(settings, home.paths.data, f"{kind}-grid" if asked.grid else kind)
    folder = Path(asked.folder) if asked.folder else of_settings
    saved = save_image(
        asked.image, folder, filename_values(asked), asked.infotext, save_options(asked, settings, home.flags)
    )
    mark_saved(asked.image, saved)
    text = saved.with_suffix(".txt")
    return str(saved), str(text) if text.exists() else None


def save_options(asked: PictureToSave, settings: Settings, flags: Flags) -> SaveOptions:
    """Return how the settings say to save it."""
    rules = NameRules(max_length=flags.filenames_max_length, unix=flags.unix_filenames_sanitization)
    options = (grid_save_options if asked.grid else sample_save_options)(settings, rules)
    in_folders = asked.save_to_dirs
    if in_folders is None:
        in_folders = options.folder_pattern is not None and not asked.no_prompt
    options = replace(
        options,
        format=asked.extension.lstrip("."),
        base=asked.basename,
        digits=4 if asked.basename else 5,
        suffix=asked.suffix,
        folder_pattern=(settings[DIRECTORIES_FILENAME_PATTERN] or "[prompt_words]") if in_folders else None,
        name_pattern="" if asked.short_filename or asked.seed is None else options.name_pattern,
    )
    if asked.forced_filename is None:
        return options
    literal = asked.forced_filename.replace("[", "(").replace("]", ")").replace("/", "_")
    return replace(options, base="", name_pattern=literal, add_number=False, overwrite=True)


def filename_values(asked: PictureToSave) -> FilenameValues:
    """Return what is known of a picture for its name."""
    p = asked.p
    known: dict[str, Any] = {"seed": -1 if asked.seed is None else asked.seed, "prompt": asked.prompt or ""}
    if p is None:
        return FilenameValues(**known)
    known |= {name: getattr(p, name) for name in OF_THE_JOB if getattr(p, name, None) is not None}
    known |= {
        "negative_prompt": str(p.negative_prompt),
        "styles": tuple(p.styles or ()),
        "sampler": p.sampler_name or "",
        "scheduler": p.scheduler or "",
        "batch_count": p.n_iter,
        "all_seeds": tuple(p.all_seeds),
    }
    if p.models is not None:
        known |= {"model_name": p.models.base.name_for_extra, "model_hash": p.models.base.short_hash or ""}
    return FilenameValues(**known)
