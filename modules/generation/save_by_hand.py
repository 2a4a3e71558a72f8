"""The Save and Zip buttons: pictures that are shown are saved once more, into a folder of their own, with a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.generation.from_infotext import Recipe, read_recipe
from modules.imaging.archive import write_zip
from modules.imaging.filename import FilenameValues, NameRules, fill_pattern
from modules.imaging.picture_log import add_to_log
from modules.imaging.save import save_copy
from modules.imaging.save_button_options import SAVE_SELECTED_ONLY, SAVE_TO_DIRS_BY_HAND, WRITE_LOG, ZIP_PATTERN
from modules.imaging.save_settings import by_hand_save_options

DEFAULT_ZIP_PATTERN = "[datetime]_[[model_name]]_[seed]-[seed_last]"


@dataclass(frozen=True)
class ShownImage:
    """A picture of the gallery: its file, and what it was made with."""

    file: Path
    infotext: str
    is_grid: bool = False


@dataclass(frozen=True)
class SavedByHand:
    """What came of it: the new files, and the zip file if one was wanted."""

    files: tuple[Path, ...]
    zip_file: Path | None = None


def choose_images(images: Sequence[ShownImage], selected: int, settings: Settings) -> list[ShownImage]:
    """Return the one that is selected; all, if the settings say so or a grid is selected.

    Raises:
        InputError: there are none.
    """
    if not images:
        raise InputError("There is no picture to save yet.")
    chosen = images[selected] if 0 <= selected < len(images) else None
    return [chosen] if chosen and settings[SAVE_SELECTED_ONLY] and not chosen.is_grid else list(images)


def save_by_hand(
    images: Sequence[ShownImage],
    folder: Path,
    info: Mapping[str, Any],
    settings: Settings,
    rules: NameRules,
    *,
    as_zip: bool = False,
) -> SavedByHand:
    """Save pictures, write them into the log, and put them into a zip file as well if that is wanted.

    Args:
        images: the chosen ones.
        folder: of the Save button.
        info: the info object of their job, for what infotexts do not say; it comes from a browser.
        settings: how they are saved.
        rules: what their names may look like.
        as_zip: make a zip file.

    Raises:
        InputError: a file that is no picture.
        StorageError: the folder cannot be written, the disk is full, or a picture is gone.
    """
    options = replace(by_hand_save_options(settings, settings[SAVE_TO_DIRS_BY_HAND]), rules=rules)
    values = [filename_values(read_recipe(image.infotext), info) for image in images]
    files = [
        save_copy(image.file, folder, each, image.infotext, options) for image, each in zip(images, values, strict=True)
    ]
    if settings[WRITE_LOG]:
        rows = [_row(each, file.relative_to(folder)) for each, file in zip(values, files, strict=True)]
        kept = [row for row, image in zip(rows, images, strict=True) if not image.is_grid]
        add_to_log(folder, kept or rows)
    zip_file = write_zip(files, folder, _zip_name(values, settings, rules)) if as_zip else None
    return SavedByHand(tuple(files), zip_file)


def filename_values(recipe: Recipe, info: Mapping[str, Any]) -> FilenameValues:
    """Return what the patterns of file names stand for, from an infotext and the info object of its job."""
    fields, written = recipe.fields, recipe.written
    return FilenameValues(
        seed=_whole(fields.get("seed"), -1),
        all_seeds=tuple(_whole(seed, -1) for seed in _list(info.get("all_seeds"))),
        prompt=str(fields.get("prompt", "")),
        negative_prompt=str(fields.get("negative_prompt", "")),
        styles=tuple(str(style) for style in _list(info.get("styles"))),
        steps=_whole(fields.get("steps"), 0),
        cfg_scale=_number(fields.get("cfg_scale"), 0.0),
        width=_whole(fields.get("width"), 0),
        height=_whole(fields.get("height"), 0),
        sampler=str(fields.get("sampler_name", "")),
        scheduler=str(fields.get("scheduler", "")),
        model_name=str(written.get("Model") or info.get("sd_model_name") or ""),
        model_hash=str(written.get("Model hash") or info.get("sd_model_hash") or ""),
        vae_filename=str(written.get("VAE") or info.get("sd_vae_name") or ""),
        clip_skip=_whole(written.get("Clip skip"), 1),
        denoising_strength=_number(fields.get("denoising_strength"), None),
        batch_size=_whole(info.get("batch_size"), 1),
        job_timestamp=str(info.get("job_timestamp", "")),
        user=str(written.get("User", "")),
    )


def _zip_name(values: Sequence[FilenameValues], settings: Settings, rules: NameRules) -> str:
    pattern = settings[ZIP_PATTERN] or DEFAULT_ZIP_PATTERN
    seeds = tuple(each.seed for each in values)
    return fill_pattern(pattern, replace(values[0], all_seeds=seeds), rules).replace("/", "_") or "images"


def _row(values: FilenameValues, file: Path) -> dict[str, object]:
    return {
        "prompt": values.prompt,
        "seed": values.seed,
        "width": values.width,
        "height": values.height,
        "sampler": values.sampler,
        "cfgs": values.cfg_scale,
        "steps": values.steps,
        "filename": file.as_posix(),
        "negative_prompt": values.negative_prompt,
        "sd_model_name": values.model_name,
        "sd_model_hash": values.model_hash,
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise


def _number(value: Any, otherwise: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
