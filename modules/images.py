"""Legacy name: pictures, grids, saving. The code is in `modules/imaging/` and `modules/plugins/picture_saving.py`."""

from collections.abc import Sequence as _Sequence
from typing import Any as _Any

from PIL import Image
from PIL.Image import Resampling as _Resampling

from modules.app.current import current_app as _current_app
from modules.enhance.upscalers import UPSCALERS as _UPSCALERS
from modules.enhance.upscalers import resize_to as _resize_to
from modules.imaging import grid as _grid
from modules.imaging import resize as _resize
from modules.imaging.legend import GridAnnotation
from modules.imaging.legend import draw_legends as _draw_legends
from modules.imaging.legend import legend_style as _legend_style
from modules.imaging.legend import matrix_legends as _matrix_legends
from modules.imaging.legend_text import find_font as _find_font
from modules.imaging.mask import flatten
from modules.imaging.metadata import read_infotext as _read_infotext
from modules.imaging.options import GRID_BACKGROUND_COLOR as _BACKGROUND
from modules.imaging.tiles import Grid, combine_grid, split_grid
from modules.plugins.picture_saving import PictureToSave as _PictureToSave
from modules.plugins.picture_saving import save_picture as _save_picture

LANCZOS = _Resampling.LANCZOS
NEAREST = _Resampling.NEAREST


def get_font(fontsize: int) -> _Any:
    """Return the font of legends."""
    return _find_font(fontsize, _legend_style(_current_app().settings()).font)


def read_info_from_image(image: Image.Image) -> tuple[str | None, dict[str, _Any]]:
    """Return the infotext of a picture, and what else is written in it."""
    text = _read_infotext(image)
    return text.infotext, dict(text.items)


def image_grid(imgs: _Sequence[Image.Image], batch_size: int = 1, rows: int | None = None) -> Image.Image:
    """Lay pictures out row by row; in as many rows as the settings say if they are not given."""
    settings = _current_app().settings()
    return _grid.image_grid(imgs, rows or _grid.grid_rows(settings, len(imgs), batch_size), settings[_BACKGROUND])


def draw_grid_annotations(
    im: Image.Image, width: int, height: int, hor_texts: _Any, ver_texts: _Any, margin: int = 0
) -> Image.Image:
    """Write texts above the columns and left of the rows of a grid of cells of that size."""
    return _draw_legends(im, (width, height), hor_texts, ver_texts, margin, _legend_style(_current_app().settings()))


def draw_prompt_matrix(im: Image.Image, width: int, height: int, all_prompts: _Sequence[str], margin: int = 0) -> _Any:
    """Write the parts of a prompt, the first left out, at a grid of all their combinations."""
    return draw_grid_annotations(im, width, height, *_matrix_legends(all_prompts[1:]), margin)


def resize_image(resize_mode: int, im: Image.Image, width: int, height: int, upscaler_name: str | None = None) -> _Any:
    """Bring a picture to a size: 0 stretches, 1 covers and cuts off, 2 fits inside and repeats the edges."""
    upscaler = _UPSCALERS.find(upscaler_name or "")

    def stretch(image: Image.Image, width: int, height: int) -> Image.Image:
        return _resize_to(image, width, height, upscaler) if upscaler else _resize.lanczos(image, width, height)

    return _resize.resize_image(_resize.ResizeMode(resize_mode), im, width, height, stretch)


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
    """Save a picture as the settings say, and return its file and that of its text; see `PictureToSave`."""
    named = (basename, seed, prompt, extension, info, short_filename, no_prompt, grid)
    asked = _PictureToSave(image, path, *named, p, existing_info or {}, forced_filename, suffix, save_to_dirs)
    return _save_picture(asked, _current_app())
