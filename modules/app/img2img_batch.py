"""A batch of files in the queue: one task, in which every file is a job with settings of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modules.app.app import App
from modules.app.script_call import ScriptCall, run_scripts
from modules.core.errors import InputError
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.generation.img2img_batch import Img2ImgBatch, Make, run_img2img_batch
from modules.generation.img2img_options import BATCH_ORIGINAL_NAME
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.job import start_job
from modules.generation.models_in_use import ModelsInUse
from modules.generation.options import CHECKPOINT
from modules.generation.picture_files import PictureFile
from modules.generation.request import GenerationRequest
from modules.generation.result import Result
from modules.generation.run import make_result
from modules.generation.saving import Saver
from modules.generation.styles import Style
from modules.imaging.options import (
    SAMPLES_FILENAME_PATTERN,
    SAVE_IMAGES_ADD_NUMBER,
    SAVE_IMAGES_REPLACE_ACTION,
    SAVE_TO_DIRS,
)
from modules.networks.library import NetworkLibrary


@dataclass(frozen=True)
class ProgramForFile:
    """The program as the job of one file sees it: results may be named after the file."""

    app: App
    changed: Mapping[str, Any]
    basename: str

    @property
    def networks(self) -> NetworkLibrary:
        """The networks that prompts can name."""
        return self.app.networks

    def settings(self, overrides: Mapping[str, Any] | None = None) -> Settings:
        """Return the settings of the job."""
        return self.app.settings(overrides).overlaid(self.changed)

    def styles_named(self, names: Iterable[str]) -> list[Style]:
        """Return the styles that there are of these."""
        return self.app.styles_named(names)

    def models_for(self, request: GenerationRequest, settings: Settings) -> ModelsInUse:
        """Load the checkpoint of the job and find its other ones."""
        return self.app.models_for(request, settings)

    def saver_for(self, settings: Settings, models: ModelsInUse) -> Saver:
        """Make what saves the pictures of the job."""
        return replace(self.app.saver_for(settings, models), basename=self.basename)


def process_batch(
    app: App,
    batch: Img2ImgBatch,
    task_id: str | None = None,
    scripts: ScriptCall | None = None,
    user: str | None = None,
) -> Result:
    """Wait our turn and make the pictures of all files.

    Args:
        app: the program.
        batch: what to make.
        task_id: of the task; drawn if not given.
        scripts: those that take part in the job of each file, with the values of their controls.
        user: who asks for it, where people log in.

    Raises:
        WebUIError: not one of them could be made.
    """
    make = make_for(app, batch, scripts, user)
    return app.queue.run(lambda progress: run_img2img_batch(batch, make, progress), task_id, kind="img2img")


def make_for(app: App, batch: Img2ImgBatch, scripts: ScriptCall | None = None, user: str | None = None) -> Make:
    """Return what makes and saves the pictures of one file.

    Raises:
        WebUIError: a setting of the batch that is unknown or of the wrong type; told before the queue.
    """
    settings = app.settings(batch.request.override_settings)
    keeps_names = batch.output is not None or settings[BATCH_ORIGINAL_NAME]
    changed = saved_under_own_names(batch) if keeps_names else {}

    def make(request: Img2ImgRequest, file: PictureFile, progress: Progress) -> Result:
        refuse_missing_model(app, batch.request, request)
        job = start_job(request, ProgramForFile(app, changed, file.stem), progress)
        job.do_not_save_grid, job.user = True, user
        job.outpath_samples = str(batch.output) if batch.output else None
        return run_scripts(job, scripts) if scripts else make_result(job)

    return make


def saved_under_own_names(batch: Img2ImgBatch) -> dict[str, Any]:
    """Return the settings that name a result as its file; several of one file are numbered, and none is replaced."""
    several = batch.request.n_iter * batch.request.batch_size > 1
    names = {
        SAMPLES_FILENAME_PATTERN.name: "[basename]-[generation_number]" if several else "[basename]",
        SAVE_IMAGES_ADD_NUMBER.name: False,
        SAVE_IMAGES_REPLACE_ACTION.name: "Add number suffix",
    }
    return names | ({SAVE_TO_DIRS.name: False} if batch.output else {})


def refuse_missing_model(app: App, for_all: Img2ImgRequest, request: Img2ImgRequest) -> None:
    """Refuse a picture whose own model was asked for and is not here.

    Raises:
        InputError: there is no such checkpoint.
    """
    wanted = request.override_settings.get(CHECKPOINT.name)
    if wanted and wanted != for_all.override_settings.get(CHECKPOINT.name) and not app.catalog.find(str(wanted)):
        raise InputError(f"its model ({wanted}) is not here; untick Model hash, or put the model into its folder.")
