"""Poor man's outpainting: the picture on a larger canvas, whose new sides are inpainted tile by tile (contract 7.4)."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL.Image import Image

from modules import images, scripts
from modules.generation.img2img_request import LARGEST_BLUR, MASKED_CONTENTS
from modules.imaging.options import SAMPLES_FORMAT
from modules.imaging.outpainting import (
    DIRECTIONS,
    LARGEST_MARGIN,
    Margins,
    find_margins,
    outer_mask,
    padded_size,
    put_on_canvas,
)
from modules.imaging.tiles import Grid, combine_grid, split_grid
from modules.plugins.arguments import read_choice, read_choices, read_whole
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


class Script(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "Poor man's outpainting"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        pixels = gr.Slider(8, 256, 128, step=8, label="Pixels to expand", elem_id=self.elem_id("pixels"))
        blur = gr.Slider(0, 64, 4, step=1, label="Mask blur", elem_id=self.elem_id("mask_blur"))
        content = gr.Radio(
            list(MASKED_CONTENTS),
            value=MASKED_CONTENTS[0],
            type="index",
            label="Masked content",
            elem_id=self.elem_id("inpainting_fill"),
        )
        sides = gr.CheckboxGroup(
            list(DIRECTIONS), value=list(DIRECTIONS), label="Outpainting direction", elem_id=self.elem_id("direction")
        )
        return [pixels, blur, content, sides]

    def run(self, p: Any, pixels: Any, blur: Any, content: Any, sides: Any) -> Processed:
        """Widen the picture, as often as batch count and batch size say.

        Raises:
            InputError: a value out of range, or no picture.
        """
        pixels = read_whole("Pixels to expand", pixels, 1, LARGEST_MARGIN)
        blur = read_whole("Mask blur", blur, 0, LARGEST_BLUR // 2)
        content = read_choice("Masked content", content, MASKED_CONTENTS)
        sides = read_choices("Outpainting direction", sides, DIRECTIONS)
        picture = first_picture(p)
        margins = find_margins(picture.size, pixels, sides)
        require_size(padded_size(margins.around(picture.size)))

        p.mask_blur, p.inpainting_fill = blur * 2, content
        p.inpaint_full_res = p.inpainting_mask_invert = False
        tile_size = (max(p.width // 8 * 8, 8), max(p.height // 8 * 8, 8))
        overlap = pixels if pixels < min(tile_size) else min(tile_size) // 2
        return paint_variants(p, picture, margins, blur, lambda sheet: split_grid(sheet, *tile_size, overlap))


def paint_variants(p: Any, picture: Image, margins: Margins, blur: int, split: Any) -> Processed:
    """Paint the new sides as often as asked for; one that is stopped keeps the tiles that are done.

    Args:
        p: the job.
        picture: the original.
        margins: what is added.
        blur: how far the mask reaches into the picture, halved.
        split: f(sheet of the canvas's size) -> its tiles.
    """
    fix_seed(p)
    saves = saves_pictures(p)
    variants, p.n_iter, p.batch_size = p.n_iter * p.batch_size, 1, 1
    p.do_not_save_samples = p.do_not_save_grid = True
    size, canvas = picture.size, padded_size(margins.around(picture.size))
    mask = outer_mask(size, margins, canvas, (blur * 2, blur * 2))
    latent_mask = outer_mask(size, margins, canvas, (blur // 2, blur // 2))
    masks = list(zip(pictures_in(split(mask)), pictures_in(split(latent_mask)), strict=True))
    seed, info = p.seed, ""
    state.job_count = variants * sum(is_white_somewhere(mask) for mask, _ in masks)

    results: list[Image] = []
    for variant in range(variants):
        p.seed = seed + variant
        grid = split(put_on_canvas(picture, margins, canvas))
        own_info = paint_tiles(p, grid, masks)
        if own_info is None:
            break
        info = info or own_info
        result = combine_grid(grid).crop((0, 0, *margins.around(size)))
        result.info["parameters"] = own_info
        if saves:
            file_format = settings_of(p)[SAMPLES_FORMAT]
            images.save_image(result, p.outpath_samples, "", seed + variant, p.prompt, file_format, info=own_info, p=p)
        results.append(result)
    return report(p, results, seed, info)


def paint_tiles(p: Any, grid: Grid, masks: list[tuple[Image, Image]]) -> str | None:
    """Paint those tiles that a mask reaches in place; return the infotext of the first, None if none was painted."""
    info: str | None = None
    for tile, (mask, latent_mask) in zip((tile for _, _, row in grid.tiles for tile in row), masks, strict=True):
        if is_stopped(p):
            break
        if not is_white_somewhere(mask):
            continue
        p.width, p.height = tile[2].size
        p.init_images, p.image_mask, p.latent_mask = [tile[2]], mask, latent_mask
        processed = process_images(p)
        made = finished_pictures(processed)
        if made:
            tile[2] = fitted(made[0], tile[2].size)
            info = info or processed.info
        p.seed = processed.seed + 1
    return info


def pictures_in(grid: Grid) -> list[Image]:
    """Return the tiles in order."""
    return [tile[2] for _, _, row in grid.tiles for tile in row]


def is_white_somewhere(mask: Image) -> bool:
    """Say whether there is anything to paint."""
    return mask.getbbox() is not None
