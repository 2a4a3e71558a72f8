"""Prompts from file or textbox: a job for each line of a list (contract 7.3)."""

import copy
import logging
import random
from pathlib import Path
from typing import Any

import gradio as gr

from modules import scripts, shared
from modules.core.errors import InputError, WebUIError
from modules.engine.sampling.registry import SAMPLERS
from modules.generation.prompt_lines import PromptLine, read_lines
from modules.plugins.arguments import read_choice, read_flag, read_text
from modules.processing import Processed, process_images
from modules.shared import state

log = logging.getLogger(__name__)

LARGEST_FILE = 5 * 2**20
LARGEST_SEED = 4294967293
POSITIONS = ("start", "end")


class PromptsFromFile(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return "Prompts from file or textbox"

    def ui(self, is_img2img: bool) -> list[Any]:
        iterate = gr.Checkbox(label="Iterate seed every line", elem_id=self.elem_id("checkbox_iterate"))
        same_seed = gr.Checkbox(
            label="Use same random seed for all lines", elem_id=self.elem_id("checkbox_iterate_batch")
        )
        position = gr.Radio(
            list(POSITIONS), value="start", label="Insert prompts at the", elem_id=self.elem_id("prompt_position")
        )
        text = gr.Textbox(
            label="List of prompt inputs", lines=4, elem_id=self.elem_id("prompt_txt"),
            placeholder="a red cat\na blue dog\n--prompt a green bird --steps 30 --width 640",
        )  # fmt: skip
        file = gr.UploadButton(
            "Upload prompt inputs", file_types=["text"], type="filepath", size="sm", elem_id=self.elem_id("file")
        )
        file.upload(read_file, inputs=[file], outputs=[text], show_progress="hidden")
        return [iterate, same_seed, position, text]

    def run(
        self, p: Any, checkbox_iterate: bool, checkbox_iterate_batch: bool, prompt_position: str, prompt_txt: str
    ) -> Processed:
        iterate = read_flag("Iterate seed every line", checkbox_iterate)
        same_seed = read_flag("Use same random seed for all lines", checkbox_iterate_batch)
        at_start = read_choice("Insert prompts at the", prompt_position, POSITIONS) == 0
        lines = read_lines(read_text("List of prompt inputs", prompt_txt))
        if (iterate or same_seed) and p.seed == -1:
            p.seed = random.randint(0, LARGEST_SEED)
        jobs: list[Any] = []
        for line in lines:
            jobs.append(job_of(p, line, at_start=at_start))
            if iterate:
                p.seed += jobs[-1].batch_size * jobs[-1].n_iter
        state.job_count = sum(job.n_iter * (2 if getattr(job, "enable_hr", False) else 1) for job in jobs)
        return together(p, run_all(p, jobs, lines))


def read_file(path: str | None) -> Any:
    """Return the text of an uploaded file, for the text box."""
    if path is None:
        return gr.update()
    file = Path(path)
    if file.stat().st_size > LARGEST_FILE:
        gr.Warning(f"The file is larger than {LARGEST_FILE // 2**20} MB; its prompts were not taken.")
        return gr.update()
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    return gr.update(value=text, lines=min(max(text.count("\n") + 1, 4), 20))


def job_of(p: Any, line: PromptLine, *, at_start: bool) -> Any:
    """Return the job of a line.

    Raises:
        WebUIError: a name in it is not known.
    """
    job = copy.copy(p)
    job.do_not_save_grid = True
    job.styles, job.override_settings = list(p.styles or ()), dict(p.override_settings or {})
    job.extra_generation_params = dict(p.extra_generation_params)
    for name, value in line.values.items():
        setting_fields(job, name, value, line.number)
    job.prompt = joined(p.prompt, line.prompt, at_start=at_start)
    job.negative_prompt = joined(p.negative_prompt, line.negative_prompt, at_start=at_start)
    return job


def setting_fields(job: Any, name: str, value: Any, line: int) -> None:
    """Set what an option of a line says."""
    if name == "sd_model":
        job.override_settings["sd_model_checkpoint"] = job.program.catalog.get(value).title
    elif name == "sampler_index":
        if not 0 <= value < len(SAMPLERS):
            raise InputError(f"Line {line}: --sampler_index is from 0 to {len(SAMPLERS) - 1}, not {value}.")
        job.sampler_name = SAMPLERS.names()[value]
    elif name in {"outpath_samples", "outpath_grids"} and shared.cmd_opts.hide_ui_dir_config:
        raise InputError(
            f"Line {line}: --{name} is not allowed, since folders were locked at the start of the program."
        )
    else:
        setattr(job, name, value)


def joined(own: str, line: str, *, at_start: bool) -> str:
    """Put the prompt of a line before or after that of the page."""
    return " ".join(text for text in ([line, own] if at_start else [own, line]) if text)


def run_all(p: Any, jobs: list[Any], lines: list[PromptLine]) -> list[Processed]:
    """Make the pictures of all jobs, unless they are interrupted. What one cannot make is told, and the others go on.

    Raises:
        WebUIError: not a single one could be made.
    """
    made: list[Processed] = []
    failures: list[WebUIError] = []
    for job, line in zip(jobs, lines, strict=True):
        if state.interrupted or state.stopping_generation:
            break
        try:
            made.append(process_images(job))
        except WebUIError as error:
            log.warning("Line %s of the list failed: %s", line.number, error)
            p.comment(f"Line {line.number} of the list was left out: {error}")
            failures.append(type(error)(f"Line {line.number}: {error}"))
    if failures and not made:
        raise failures[0]
    return made


def together(p: Any, made: list[Processed]) -> Processed:
    """Return the pictures of all jobs as one result."""
    if not made:
        return Processed(p, [], p.seed, "")
    whole = copy.copy(made[0])
    for name in ("images", "infotexts", "all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds"):
        setattr(whole, name, [entry for processed in made for entry in getattr(processed, name)])
    return whole
