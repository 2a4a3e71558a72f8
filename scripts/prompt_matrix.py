"""Prompt matrix: all combinations of the parts of a prompt, on one sheet (contract 7.2)."""

import math
from typing import Any

import gradio as gr
from PIL import Image

from modules import images, scripts
from modules.core.errors import InputError
from modules.imaging.grid import read_color
from modules.imaging.options import GRID_BACKGROUND_COLOR, GRID_FORMAT, GRID_SAVE, IMG_MAX_SIZE_MP
from modules.plugins.arguments import read_choice, read_flag, read_whole
from modules.plugins.picture_jobs import settings_of
from modules.processing import Processed, fix_seed, process_images

LARGEST_MARGIN = 500
PROMPTS = ("positive", "negative")
JOINED_BY = {"comma": ", ", "space": " "}


class PromptMatrix(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "Prompt matrix"

    def ui(self, is_img2img: bool) -> list[Any]:
        gr.HTML(
            "<p>Write <b>|</b> between the parts of the prompt: the first part is always there, and a picture is made "
            "for each combination of the others.</p>"
        )
        with gr.Row():
            with gr.Column():
                put_at_start = gr.Checkbox(
                    label="Put variable parts at start of prompt", elem_id=self.elem_id("put_at_start")
                )
                different_seeds = gr.Checkbox(
                    label="Use different seed for each picture", elem_id=self.elem_id("different_seeds")
                )
            with gr.Column():
                prompt_type = gr.Radio(
                    list(PROMPTS),
                    value="positive",
                    label="Select prompt",
                    elem_id=self.elem_id("prompt_type"),
                )
                joining = gr.Radio(
                    list(JOINED_BY),
                    value="comma",
                    label="Select joining char",
                    elem_id=self.elem_id("variations_delimiter"),
                )
        margin = gr.Slider(0, LARGEST_MARGIN, 0, step=2, label="Grid margins (px)", elem_id=self.elem_id("margin_size"))
        return [put_at_start, different_seeds, prompt_type, joining, margin]

    def run(
        self,
        p: Any,
        put_at_start: bool,
        different_seeds: bool,
        prompt_type: str,
        variations_delimiter: str,
        margin_size: float,
    ) -> Processed:
        at_start = read_flag("Put variable parts at start of prompt", put_at_start)
        different = read_flag("Use different seed for each picture", different_seeds)
        kind = PROMPTS[read_choice("Select prompt", prompt_type, PROMPTS)]
        joining = list(JOINED_BY)[read_choice("Select joining char", variations_delimiter, list(JOINED_BY))]
        margin = read_whole("Grid margins (px)", margin_size, 0, LARGEST_MARGIN)
        field = "prompt" if kind == "positive" else "negative_prompt"
        written = getattr(p, field)
        parts = [part.strip().strip(",").strip() for part in written.split("|")]
        self.check(p, len(parts), margin, field)

        prompts = combinations(parts, JOINED_BY[joining], put_at_start=at_start)
        fix_seed(p)
        seed = p.seed
        setattr(p, field, prompts)
        p.seed = [seed + (i if different else 0) for i in range(len(prompts))]
        p.n_iter = math.ceil(len(prompts) / p.batch_size)
        p.do_not_save_grid, saves_grid = True, settings_of(p)[GRID_SAVE] and not p.do_not_save_grid
        processed = process_images(p)
        pictures = processed.images[processed.index_of_first_image :][: len(prompts)]
        if not pictures:
            return processed

        sheet = draw(pictures, parts, margin, settings_of(p)[GRID_BACKGROUND_COLOR])
        processed.images = [sheet, *pictures]
        processed.infotexts = [processed.infotexts[0], *processed.infotexts]
        processed.index_of_first_image = 1
        if saves_grid:
            images.save_image(
                sheet, p.outpath_grids, "prompt_matrix", seed, written, settings_of(p)[GRID_FORMAT],
                info=processed.infotexts[0], grid=True, p=p,
            )  # fmt: skip
        return processed

    def check(self, p: Any, parts: int, margin: int, field: str) -> None:
        """Tell what is known before the first picture.

        Raises:
            InputError: there would be too many pictures.
        """
        count = 2 ** min(parts - 1, 64)
        megapixels = count * (p.width + margin) * (p.height + margin) / 1e6
        most = settings_of(p)[IMG_MAX_SIZE_MP]
        if megapixels > most:
            raise InputError(
                f"{parts - 1} variable parts give {count:,} pictures and a grid of {megapixels:,.0f} megapixels; write "
                f"fewer parts or choose a smaller size (Maximum image size in Settings is {most:g})."
            )
        if parts == 1:
            p.comment(f"Prompt matrix: there is no | in the {field.replace('_', ' ')}, so there is nothing to combine.")


def combinations(parts: list[str], joined_by: str, *, put_at_start: bool) -> list[str]:
    """Return the first part with each combination of the others: part i is in those numbers that have bit i set."""
    first, *others = parts
    prompts: list[str] = []
    for number in range(2 ** len(others)):
        chosen = [part for i, part in enumerate(others) if number >> i & 1]
        prompts.append(joined_by.join([*chosen, first] if put_at_start else [first, *chosen]))
    return prompts


def draw(pictures: list[Image.Image], parts: list[str], margin: int, background: str) -> Image.Image:
    """Lay the pictures out under their legends; those that were not made stay blank."""
    width, height = pictures[0].size
    blank = Image.new("RGB", (width, height), read_color(background))
    rows = 2 ** ((len(parts) - 1) // 2)
    cells = pictures + [blank] * (2 ** (len(parts) - 1) - len(pictures))
    return images.draw_prompt_matrix(images.image_grid(cells, rows=rows), width, height, parts, margin)
