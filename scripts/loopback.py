"""Loopback: each result is the picture that the next loop begins with, at a strength that changes (contract 7.4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from PIL.Image import Image

from modules import deepbooru, images, scripts
from modules.generation.img2img_request import MASKED_CONTENTS
from modules.generation.options import SHOW_GRID
from modules.imaging.grid import image_grid
from modules.imaging.options import GRID_BACKGROUND_COLOR, GRID_FORMAT, GRID_SAVE
from modules.plugins.arguments import read_choice, read_number, read_whole
from modules.plugins.picture_jobs import finished_pictures, first_picture, is_stopped, report, settings_of
from modules.processing import Processed, fix_seed, process_images
from modules.shared import interrogator, state

CURVES = ("Aggressive", "Linear", "Lazy")
INTERROGATORS: Mapping[str, Callable[[Image], str] | None] = {
    "None": None,
    "CLIP": interrogator.interrogate,
    "DeepBooru": deepbooru.model.tag,
}
MOST_LOOPS = 1000


class Script(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "Loopback"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        loops = gr.Slider(1, 32, 4, step=1, label="Loops", elem_id=self.elem_id("loops"))
        strength = gr.Slider(
            0, 1, 0.5, step=0.01, label="Final denoising strength", elem_id=self.elem_id("final_denoising_strength")
        )
        curve = gr.Dropdown(
            list(CURVES), value="Linear", label="Denoising strength curve", elem_id=self.elem_id("denoising_curve")
        )
        appended = gr.Dropdown(
            list(INTERROGATORS),
            value="None",
            label="Append interrogated prompt at each iteration",
            elem_id=self.elem_id("append_interrogation"),
        )
        return [loops, strength, curve, appended]

    def run(self, p: Any, loops: Any, final_strength: Any, curve: Any, appended: Any) -> Processed:
        """Run all loops, as often as the batch count says.

        Raises:
            InputError: a value out of range, or no picture.
        """
        loops = read_whole("Loops", loops, 1, MOST_LOOPS)
        final_strength = read_number("Final denoising strength", final_strength, 0, 1)
        curve = CURVES[read_choice("Denoising strength curve", curve, CURVES)]
        chosen = list(INTERROGATORS)[read_choice("Append interrogated prompt", appended, list(INTERROGATORS))]
        return run_loops(p, loops, final_strength, curve, INTERROGATORS[chosen])


def strength_at(loop: int, loops: int, first: float, last: float, curve: str) -> float:
    """Return the denoising strength of a loop, counted from 0.

    From `first` to `last`: along a line, fast at first (Aggressive), or slowly at first (Lazy).
    """
    if loops == 1:
        return first
    progress = loop / (loops - 1)
    if curve == "Aggressive":
        progress = math.sin(progress * math.pi / 2)
    elif curve == "Lazy":
        progress = 1 - math.cos(progress * math.pi / 2)
    return first + (last - first) * progress


def run_loops(
    p: Any, loops: int, final_strength: float, curve: str, describe: Callable[[Image], str] | None = None
) -> Processed:
    """Run all loops of each batch; one that is stopped gives what is done.

    Args:
        p: the job.
        loops: of each batch.
        final_strength: denoising strength of the last loop.
        curve: on which way to that.
        describe: each loop's prompt ends with its picture in words, as this says it.

    Raises:
        CheckpointError: a picture cannot be described.
    """
    p.color_corrections = [first_picture(p)]  # not those of the loop before, which drift
    fix_seed(p)
    runs, p.n_iter, p.batch_size = p.n_iter, 1, 1
    p.extra_generation_params |= {"Final denoising strength": final_strength, "Denoising curve": curve}
    saves_grid, p.do_not_save_grid = not p.do_not_save_grid, True
    state.job_count = runs * loops
    originals, fill, strength = list(p.init_images), p.inpainting_fill, p.denoising_strength
    seed, info, prompt = p.seed, "", p.prompt
    shown: list[Image] = []
    for _ in range(runs):
        p.init_images, p.inpainting_fill, p.denoising_strength = originals, fill, strength
        latest: list[Image] = []
        for loop in range(loops):
            if is_stopped(p):
                break
            if describe is not None:
                p.prompt = with_words(prompt, describe(p.init_images[0]))
            processed = process_images(p)
            made = finished_pictures(processed)
            if not made:
                break
            info = info or processed.info
            latest.append(made[0])
            p.init_images, p.inpainting_fill = [made[0]], MASKED_CONTENTS.index("original")
            p.seed = processed.seed + 1
            p.denoising_strength = strength_at(loop + 1, loops, strength, final_strength, curve)
        shown += latest if runs == 1 else latest[-1:]
    sheet = [make_sheet(p, shown, seed, info, saves=saves_grid)] if len(shown) > 1 else []
    processed = report(p, [*(sheet if settings_of(p)[SHOW_GRID] else []), *shown], seed, info)
    processed.denoising_strength = p.denoising_strength  # of the loop that would be next, as in A1111
    return processed


def with_words(prompt: Any, words: str) -> Any:
    """Return a prompt that ends with words; of a list of prompts, each one."""
    if isinstance(prompt, list):
        return [with_words(one, words) for one in prompt]
    return ", ".join(part for part in (str(prompt), words) if part)


def make_sheet(p: Any, shown: Sequence[Image], seed: int, info: str, *, saves: bool) -> Image:
    """Put the pictures in a row, and save that if the settings say so."""
    settings = settings_of(p)
    sheet = image_grid(shown, 1, settings[GRID_BACKGROUND_COLOR])
    if saves and settings[GRID_SAVE]:
        images.save_image(
            sheet, p.outpath_grids, "grid", seed, p.prompt, settings[GRID_FORMAT], info=info, grid=True, p=p
        )
    return sheet
