"""Legacy name: pictures, grids and saving. The code is in `modules/imaging/`."""

from __future__ import annotations

from collections.abc import Sequence as _Sequence
from dataclasses import replace as _replace
from pathlib import Path as _Path
from typing import Any as _Any

from PIL import Image
from PIL.Image import Resampling as _Resampling

from modules.app.current import current_app as _current_app
from modules.core.options import Settings as _Settings
from modules.enhance.upscalers import UPSCALERS as _UPSCALERS
from modules.enhance.upscalers import resize_to as _resize_to
from modules.generation.processed import mark_saved as _mark_saved
from modules.imaging import options as _options
from modules.imaging.filename import FilenameValues as _FilenameValues
from modules.imaging.filename import NameRules as _NameRules
from modules.imaging.grid import grid_rows as _grid_rows
from modules.imaging.grid import image_grid as _image_grid
from modules.imaging.legend import GridAnnotation
from modules.imaging.legend import draw_legends as _draw_legends
from modules.imaging.legend import legend_style as _legend_style
from modules.imaging.legend_text import find_font as _find_font
from modules.imaging.metadata import read_infotext as _read_infotext
from modules.imaging.resize import ResizeMode as _ResizeMode
from modules.imaging.resize import lanczos as _lanczos
from modules.imaging.resize import resize_image as _resize_image
from modules.imaging.save import save_image as _save_image
from modules.imaging.save_settings import grid_save_options as _grid_save_options
from modules.imaging.save_settings import output_folder as _output_folder
from modules.imaging.save_settings import sample_save_options as _sample_save_options
from modules.imaging.tiles import Grid, combine_grid, split_grid

LANCZOS = _Resampling.LANCZOS
NEAREST = _Resampling.NEAREST


def _settings(p: _Any = None) -> _Settings:
    return _current_app().settings(p.override_settings if p is not None else None)


def get_font(fontsize: int) -> _Any:
    """Return the font of legends."""
    return _find_font(fontsize, _legend_style(_settings()).font)


def flatten(img: Image.Image, bgcolor: _Any) -> Image.Image:
    """Lay a picture on a color where it is transparent."""
    if img.mode != "RGBA":
        return img.convert("RGB")
    sheet = Image.new("RGBA", img.size, bgcolor)
    sheet.alpha_composite(img)
    return sheet.convert("RGB")


def read_info_from_image(image: Image.Image) -> tuple[str | None, dict[str, _Any]]:
    """Return the infotext of a picture, and what else is written in it."""
    text = _read_infotext(image)
    return text.infotext, dict(text.items)


# --- grids --------------------------------------------------------------------------------------------------------


def image_grid(imgs: _Sequence[Image.Image], batch_size: int = 1, rows: int | None = None) -> Image.Image:
    """Lay pictures out row by row; in as many rows as the settings say if they are not given."""
    settings = _settings()
    rows = rows or _grid_rows(settings, len(imgs), batch_size)
    return _image_grid(imgs, rows, settings[_options.GRID_BACKGROUND_COLOR])


def draw_grid_annotations(
    im: Image.Image,
    width: int,
    height: int,
    hor_texts: _Sequence[_Sequence[GridAnnotation]],
    ver_texts: _Sequence[_Sequence[GridAnnotation]],
    margin: int = 0,
) -> Image.Image:
    """Write texts above the columns and left of the rows of a grid of cells of that size."""
    return _draw_legends(im, (width, height), hor_texts, ver_texts, margin, _legend_style(_settings()))


def draw_prompt_matrix(
    im: Image.Image, width: int, height: int, all_prompts: _Sequence[str], margin: int = 0
) -> Image.Image:
    """Write the parts of a prompt at a grid of all their combinations; parts left out are struck through."""
    parts = list(all_prompts[1:])
    half = (len(parts) + 1) // 2
    columns, rows = (
        [
            [GridAnnotation(part, is_active=bool(number >> i & 1)) for i, part in enumerate(some)]
            for number in range(2 ** len(some))
        ]
        for some in (parts[:half], parts[half:])
    )
    return draw_grid_annotations(im, width, height, columns, rows, margin)


# --- size ---------------------------------------------------------------------------------------------------------


def resize_image(
    resize_mode: int, im: Image.Image, width: int, height: int, upscaler_name: str | None = None
) -> Image.Image:
    """Bring a picture to a size: 0 stretches, 1 covers and cuts off, 2 fits inside and repeats the edges."""
    upscaler = _UPSCALERS.find(upscaler_name or "")

    def stretch(image: Image.Image, to_width: int, to_height: int) -> Image.Image:
        return _resize_to(image, to_width, to_height, upscaler) if upscaler else _lanczos(image, to_width, to_height)

    return _resize_image(_ResizeMode(resize_mode), im, width, height, stretch)


# --- saving -------------------------------------------------------------------------------------------------------


def save_image(  # noqa: PLR0913 - as extensions call it
    image: Image.Image,
    path: str | None,
    basename: str,
    seed: int | None = None,
    prompt: str | None = None,
    extension: str = "png",
    info: str | None = None,
    short_filename: bool = False,
    no_prompt: bool = False,
    grid: bool = False,
    pnginfo_section_name: str = "parameters",
    p: _Any = None,
    existing_info: dict[str, _Any] | None = None,
    forced_filename: str | None = None,
    suffix: str = "",
    save_to_dirs: bool | None = None,
) -> tuple[str, str | None]:
    """Save a picture as the settings say, and return its file and that of its text, if one was written.

    Args:
        image: the picture.
        path: the folder; None takes that of the settings.
        basename: what the name begins with.
        seed: for the name; without it the name is only a number.
        prompt: for the name.
        extension: of the file.
        info: the infotext.
        short_filename: the name is only a number.
        no_prompt: save into no subfolders.
        grid: it is a sheet.
        pnginfo_section_name: what the infotext is called in a PNG; "parameters" always.
        p: the job.
        existing_info: texts that the file is to have besides.
        forced_filename: the whole name, without extension.
        suffix: what the name ends with.
        save_to_dirs: save into subfolders or not; None as the settings say.
    """
    app, settings = _current_app(), _settings(p)
    rules = _NameRules(max_length=app.flags.filenames_max_length, unix=app.flags.unix_filenames_sanitization)
    options = (_grid_save_options if grid else _sample_save_options)(settings, rules)
    in_folders = options.folder_pattern is not None and not no_prompt if save_to_dirs is None else save_to_dirs
    pattern = settings[_options.DIRECTORIES_FILENAME_PATTERN] or "[prompt_words]"
    options = _replace(
        options,
        format=extension.lstrip("."),
        base=basename,
        digits=4 if basename else 5,
        suffix=suffix,
        folder_pattern=pattern if in_folders else None,
        name_pattern="" if short_filename or seed is None else options.name_pattern,
    )
    if forced_filename is not None:
        options = _replace(options, base="", name_pattern=_literal(forced_filename), add_number=False, overwrite=True)
    for name, value in (existing_info or {}).items():
        image.info.setdefault(name, value)
    kind = "img2img" if hasattr(p, "init_images") else "txt2img"
    folder = _Path(path) if path else _output_folder(settings, app.paths.data, f"{kind}-grid" if grid else kind)
    saved = _save_image(image, folder, _filename_values(p, seed, prompt), info, options)
    _mark_saved(image, saved)
    text = saved.with_suffix(".txt")
    return str(saved), str(text) if text.exists() else None


def _literal(name: str) -> str:
    """Return a pattern that stands for itself."""
    return name.replace("[", "(").replace("]", ")").replace("/", "_")


def _filename_values(p: _Any, seed: int | None, prompt: str | None) -> _FilenameValues:
    """Return what is known of a picture for its name."""
    known: dict[str, _Any] = {"seed": -1 if seed is None else seed, "prompt": prompt or ""}
    if p is not None:
        same = ("steps", "cfg_scale", "width", "height", "batch_size", "denoising_strength")
        known |= {name: getattr(p, name) for name in same if getattr(p, name, None) is not None}
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
    return _FilenameValues(**known)
