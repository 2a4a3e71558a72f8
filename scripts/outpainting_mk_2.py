"""Outpainting mk2: the picture grows side by side, each begun with noise that looks like the picture (contract 7.4).

The noise is that of `modules/imaging/matched_noise.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from modules import images, scripts
from modules.generation.img2img_request import LARGEST_BLUR, MASKED_CONTENTS
from modules.generation.options import SHOW_GRID
from modules.imaging.grid import grid_rows, image_grid, wants_grid
from modules.imaging.matched_noise import matched_noise
from modules.imaging.options import GRID_BACKGROUND_COLOR, GRID_FORMAT, GRID_SAVE, SAMPLES_FORMAT
from modules.imaging.outpainting import (
    DIRECTIONS,
    LARGEST_MARGIN,
    Box,
    Margins,
    find_margins,
    outer_mask,
    padded_size,
    put_on_canvas,
)
from modules.plugins.arguments import read_choices, read_number, read_whole
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
    '<p style="margin-bottom:0.75em">Works best with 80-100 sampling steps, the sampler Euler a and a denoising '
    "strength of 0.8.</p>"
)


@dataclass(frozen=True)
class Growth:
    """How a picture grows.

    Attributes:
        blur: how far the mask reaches into the picture, across and down.
        fall_off: exponent of the noise; lower keeps more detail.
        color_variation: how colourful the noise is.
        frame: width and height of the part around a new side that is painted at once.
    """

    blur: tuple[int, int]
    fall_off: float
    color_variation: float
    frame: tuple[int, int]


class Script(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "Outpainting mk2"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        info = gr.HTML(INFO)
        pixels = gr.Slider(8, 256, 128, step=8, label="Pixels to expand", elem_id=self.elem_id("pixels"))
        blur = gr.Slider(0, 64, 8, step=1, label="Mask blur", elem_id=self.elem_id("mask_blur"))
        sides = gr.CheckboxGroup(
            list(DIRECTIONS), value=list(DIRECTIONS), label="Outpainting direction", elem_id=self.elem_id("direction")
        )
        fall_off = gr.Slider(
            0, 4, 1, step=0.01, label="Fall-off exponent (lower=higher detail)", elem_id=self.elem_id("noise_q")
        )
        variation = gr.Slider(0, 1, 0.05, step=0.01, label="Color variation", elem_id=self.elem_id("color_variation"))
        return [info, pixels, blur, sides, fall_off, variation]

    def run(
        self, p: Any, _info: Any, pixels: Any, blur: Any, sides: Any, fall_off: Any, color_variation: Any
    ) -> Processed:
        """Widen the picture, as often as batch count and batch size say.

        Raises:
            InputError: a value out of range, or no picture.
        """
        pixels = read_whole("Pixels to expand", pixels, 1, LARGEST_MARGIN)
        blur = read_whole("Mask blur", blur, 0, LARGEST_BLUR // 4)
        sides = read_choices("Outpainting direction", sides, DIRECTIONS)
        fall_off = read_number("Fall-off exponent", fall_off, 0, 10)
        color_variation = read_number("Color variation", color_variation, 0, 1)
        picture = first_picture(p)
        margins = find_margins(picture.size, pixels, sides)
        require_size(padded_size(margins.around(picture.size)))

        reach = (blur if margins.left + margins.right else 0, blur if margins.up + margins.down else 0)
        p.mask_blur, p.mask_blur_x, p.mask_blur_y = None, reach[0] * 4, reach[1] * 4
        p.inpainting_fill = MASKED_CONTENTS.index("original")
        p.inpaint_full_res = p.inpainting_mask_invert = False
        frame = (max(p.width // 8 * 8, 8), max(p.height // 8 * 8, 8))
        return grow_all(p, picture, find_steps(margins, frame), Growth(reach, fall_off, color_variation, frame))


def find_steps(margins: Margins, frame: tuple[int, int]) -> list[Margins]:
    """Return what is added one after the other: side by side, and never more at once than is painted at once."""
    steps = []
    for side, longest in zip(DIRECTIONS, (frame[0], frame[0], frame[1], frame[1]), strict=True):
        left = getattr(margins, side)
        most = left if left <= longest else max(longest // 16 * 8, 8)
        while left > 0:
            steps.append(Margins(**{side: min(left, most)}))
            left -= most
    return steps


def grow_all(p: Any, picture: Image.Image, steps: list[Margins], growth: Growth) -> Processed:
    """Widen the picture as often as asked for; one that is stopped keeps the sides that are done."""
    fix_seed(p)
    saves, saves_sheet = saves_pictures(p), not p.do_not_save_grid
    batches, p.n_iter = p.n_iter, 1
    p.do_not_save_samples = p.do_not_save_grid = True
    seed, batch_size, info = p.seed, p.batch_size, ""
    state.job_count = batches * len(steps)

    results: list[Image.Image] = []
    for batch in range(batches):
        p.seed = seed + batch * batch_size
        grown, own_info = grow(p, [picture] * batch_size, steps, growth)
        if own_info is None:
            break
        info = info or own_info
        for i, result in enumerate(grown):
            result.info["parameters"] = own_info
            if saves:
                file_format = settings_of(p)[SAMPLES_FORMAT]
                images.save_image(result, p.outpath_samples, "", p.seed + i, p.prompt, file_format, info=own_info, p=p)
        results += grown
    sheets = make_sheet(p, results, seed, info, saves=saves_sheet)
    return report(p, [*sheets, *results], seed, info, sheets=len(sheets))


def grow(
    p: Any, pictures: list[Image.Image], steps: list[Margins], growth: Growth
) -> tuple[list[Image.Image], str | None]:
    """Widen some pictures of one size; return them with the infotext of the first step, None if none was made."""
    info: str | None = None
    for step in steps:
        if is_stopped(p):
            break
        grown, own_info = add_side(p, pictures, step, growth)
        if len(grown) < len(pictures):
            break
        pictures, info = grown, info or own_info
    return pictures, info


def add_side(p: Any, pictures: list[Image.Image], margins: Margins, growth: Growth) -> tuple[list[Image.Image], str]:
    """Widen pictures of one size at one side."""
    size = pictures[0].size
    canvas = padded_size(margins.around(size))
    across, down = growth.blur
    mask = outer_mask(size, margins, canvas, growth.blur)
    sheets = [with_noise(put_on_canvas(picture, margins, canvas), mask, growth) for picture in pictures]
    region = region_at(margins, size, canvas, growth.frame)
    p.width, p.height = region[2] - region[0], region[3] - region[1]
    p.init_images, p.batch_size = [sheet.crop(region) for sheet in sheets], len(sheets)
    p.image_mask = mask.crop(region)
    p.latent_mask = outer_mask(size, margins, canvas, (across * 2, down * 2)).crop(region)

    processed = process_images(p)
    made = finished_pictures(processed)
    for sheet, result in zip(sheets, made, strict=False):
        sheet.paste(fitted(result, (p.width, p.height)), region[:2])
    return [sheet.crop((0, 0, *margins.around(size))) for sheet in sheets[: len(made)]], processed.info


def with_noise(sheet: Image.Image, mask: Image.Image, growth: Growth) -> Image.Image:
    """Return a canvas with noise of the picture's kind where the mask is white."""
    noise = matched_noise(np.asarray(sheet) / 255, np.asarray(mask) / 255, growth.fall_off, growth.color_variation)
    return Image.fromarray((noise * 255).astype(np.uint8))


def region_at(margins: Margins, size: tuple[int, int], canvas: tuple[int, int], frame: tuple[int, int]) -> Box:
    """Return the part of the canvas that is painted: at the new side as deep as the frame, along it all there is."""
    width, height = margins.around(size)
    wide, high = canvas
    if margins.left or margins.right:
        end = min(-(-width // 8) * 8, wide)
        deep = min(frame[0], end)
        return (0, 0, deep, high) if margins.left else (end - deep, 0, end, high)
    end = min(-(-height // 8) * 8, high)
    deep = min(frame[1], end)
    return (0, 0, wide, deep) if margins.up else (0, end - deep, wide, end)


def make_sheet(p: Any, results: list[Image.Image], seed: int, info: str, *, saves: bool) -> list[Image.Image]:
    """Put several results on a sheet; save and show it as the settings say."""
    settings = settings_of(p)
    if len(results) < 2 or not wants_grid(settings, len(results)):
        return []
    rows = grid_rows(settings, len(results), p.batch_size)
    sheet = image_grid(results, rows, settings[GRID_BACKGROUND_COLOR])
    sheet.info["parameters"] = info
    if saves and settings[GRID_SAVE]:
        file_format = settings[GRID_FORMAT]
        images.save_image(sheet, p.outpath_grids, "grid", seed, p.prompt, file_format, info=info, grid=True, p=p)
    return [sheet] if settings[SHOW_GRID] else []
