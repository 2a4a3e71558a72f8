"""SD upscale: an enlarged picture is painted again tile by tile (contract 7.4)."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL.Image import Image

from modules import images, scripts
from modules.enhance.upscalers import NO_UPSCALER, UPSCALERS, Upscaler, upscale
from modules.imaging.options import SAMPLES_FORMAT
from modules.imaging.tiles import Grid, combine_grid, split_grid
from modules.plugins.arguments import read_choice, read_number, read_whole
from modules.plugins.picture_jobs import (
    finished_pictures,
    first_picture,
    fitted,
    is_stopped,
    report,
    require_size,
    saves_pictures,
    settings_of,
)
from modules.processing import Processed, fix_seed, process_images
from modules.shared import state

INFO = (
    '<p style="margin-bottom:0.75em">Enlarges the picture by the scale factor, then paints it tile by tile; width and '
    "height are the size of the tiles.</p>"
)
OVERLAP, UPSCALER = "SD upscale overlap", "SD upscale upscaler"
"""In infotexts."""

LARGEST_OVERLAP = 4096
LARGEST_SCALE = 16
MASK_UNUSED = "SD upscale paints the whole picture; the mask was not used."
NOT_ENLARGED = "The upscaler None does not enlarge: the picture was painted in its own size. Choose another upscaler."


class Script(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "SD upscale"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        info = gr.HTML(INFO)
        overlap = gr.Slider(0, 256, 64, step=16, label="Tile overlap", elem_id=self.elem_id("overlap"))
        scale = gr.Slider(1, 4, 2, step=0.05, label="Scale Factor", elem_id=self.elem_id("scale_factor"))
        upscaler = gr.Radio(
            UPSCALERS.names(),
            value=NO_UPSCALER,
            type="index",
            label="Upscaler",
            elem_id=self.elem_id("upscaler_index"),
        )
        self.infotext_fields = [(overlap, OVERLAP), (upscaler, UPSCALER)]
        return [info, overlap, upscaler, scale]

    def run(self, p: Any, _info: Any, overlap: Any, upscaler: Any, scale: Any) -> Processed:
        """Enlarge the picture and paint it again, as often as the batch count says.

        Raises:
            InputError: a value out of range, or no picture.
        """
        overlap = read_whole("Tile overlap", overlap, 0, LARGEST_OVERLAP)
        scale = read_number("Scale Factor", scale, 1, LARGEST_SCALE)
        chosen = list(UPSCALERS)[read_choice("Upscaler", upscaler, UPSCALERS.names())]
        tile_size = (max(p.width // 8 * 8, 8), max(p.height // 8 * 8, 8))
        split_grid(first_picture(p).crop((0, 0, 1, 1)), *tile_size, overlap)  # refused before the long work

        p.extra_generation_params |= {OVERLAP: overlap, UPSCALER: chosen.name}
        if p.image_mask is not None:
            p.image_mask = None
            p.comment(MASK_UNUSED)
        picture = enlarge(p, first_picture(p), chosen, scale)
        return paint_variants(p, picture, tile_size, overlap)


def enlarge(p: Any, picture: Image, upscaler: Upscaler, scale: float) -> Image:
    """Return the picture enlarged; as in A1111, the upscaler None leaves it as it is."""
    if upscaler.name == NO_UPSCALER:
        if scale != 1:
            p.comment(NOT_ENLARGED)
        return picture
    require_size((int(picture.width * scale), int(picture.height * scale)))
    return upscale(picture, scale, upscaler)


def paint_variants(p: Any, picture: Image, tile_size: tuple[int, int], overlap: int) -> Processed:
    """Paint the picture as often as the batch count says; one that is stopped keeps the tiles that are done."""
    fix_seed(p)
    saves = saves_pictures(p)
    variants, p.n_iter = p.n_iter, 1
    p.do_not_save_samples = p.do_not_save_grid = True
    seed, batch_size, info = p.seed, p.batch_size, ""
    count = sum(len(row) for _, _, row in split_grid(picture, *tile_size, overlap).tiles)
    state.job_count = -(-count // batch_size) * variants

    results: list[Image] = []
    for variant in range(variants):
        p.seed = seed + variant
        grid = split_grid(picture, *tile_size, overlap)
        own_info = paint_tiles(p, grid, batch_size)
        if own_info is None:
            break
        info = info or own_info
        result = combine_grid(grid)
        result.info["parameters"] = own_info
        if saves:
            file_format = settings_of(p)[SAMPLES_FORMAT]
            images.save_image(result, p.outpath_samples, "", seed + variant, p.prompt, file_format, info=own_info, p=p)
        results.append(result)
    return report(p, results, seed, info)


def paint_tiles(p: Any, grid: Grid, batch_size: int) -> str | None:
    """Paint the tiles of a picture in place, and return the infotext of the first; None if none was painted."""
    tiles = [tile for _, _, row in grid.tiles for tile in row]
    info: str | None = None
    p.width, p.height = tiles[0][2].size
    for first in range(0, len(tiles), batch_size):
        if is_stopped(p):
            break
        batch = tiles[first : first + batch_size]
        p.batch_size, p.init_images = len(batch), [tile[2] for tile in batch]
        processed = process_images(p)
        made = finished_pictures(processed)
        for tile, picture in zip(batch, made, strict=False):
            tile[2] = fitted(picture, tile[2].size)
        if made:
            info = info or processed.info
        p.seed = processed.seed + 1
    return info
