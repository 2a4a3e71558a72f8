"""Where a job's pictures go, and under which names."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL.Image import Image

from modules.checkpoints.catalog import CheckpointInfo
from modules.core.errors import StorageError
from modules.core.files import write_atomically
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import Paths
from modules.generation.describe import new_job_timestamp
from modules.generation.img2img import image_sum
from modules.generation.img2img_options import SAVE_INIT_IMAGE
from modules.generation.options import SAVE_FIRST_PASS
from modules.generation.plan import Batch, Plan
from modules.generation.result import GeneratedImage
from modules.imaging.filename import FilenameValues, NameRules
from modules.imaging.grid import grid_rows, image_grid, wants_grid
from modules.imaging.options import GRID_BACKGROUND_COLOR, GRID_SAVE
from modules.imaging.save import save_image
from modules.imaging.save_settings import grid_save_options, output_folder, sample_save_options

BEFORE_HIRES = "-before-highres-fix"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saver:
    """Saves the pictures of one job by its settings."""

    paths: Paths
    flags: Flags
    settings: Settings
    checkpoint: CheckpointInfo
    job_timestamp: str = field(default_factory=new_job_timestamp)
    prompt_without_styles: str | None = None
    samples_folder: Path | None = None
    """In place of that of the settings, like `grids_folder`."""
    grids_folder: Path | None = None
    user: str = ""
    """Who asked for the pictures, for `[user]`."""
    basename: str = ""
    """Of the file that the pictures are made from, for `[basename]`."""

    def save_sample(self, image: GeneratedImage, plan: Plan, index: int) -> Path:
        """Save image number `index` of the job and return its file.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        folder = self.samples_folder or output_folder(self.settings, self.paths.data, plan.kind)
        options = sample_save_options(self.settings, self._rules())
        return save_image(image.image, folder, self._values(plan, index), image.infotext, options)

    @property
    def keeps_first_pass(self) -> bool:
        """Say whether the first pass of Hires. fix is to be saved."""
        return self.settings[SAVE_FIRST_PASS]

    def save_first_pass(self, images: Sequence[GeneratedImage], plan: Plan, batch: Batch) -> None:
        """Save the first pass of Hires. fix, if the settings say so and the job saves its pictures.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if not (self.keeps_first_pass and plan.request.save_images):
            return
        for i, image in enumerate(images):
            self.save_beside({BEFORE_HIRES: image.image}, image.infotext, plan, batch.first + i)

    def save_beside(self, pictures: Mapping[str, Image], infotext: str, plan: Plan, index: int) -> None:
        """Save pictures that belong to image number `index`, each with its suffix at the end of its name.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        folder = self.samples_folder or output_folder(self.settings, self.paths.data, plan.kind)
        options = sample_save_options(self.settings, self._rules())
        for suffix, picture in pictures.items():
            save_image(picture, folder, self._values(plan, index), infotext, replace(options, suffix=suffix))

    def save_init_images(self, plan: Plan) -> None:
        """Save the pictures that an img2img job begins with, if the settings say so, each under its sum.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if plan.img2img is None or not self.settings[SAVE_INIT_IMAGE]:
            return
        folder = output_folder(self.settings, self.paths.data, "init-image")
        options = sample_save_options(self.settings, self._rules())
        for image in plan.img2img.init_images:
            named = replace(options, folder_pattern=None, name_pattern=image_sum(image), add_number=False)
            save_image(image, folder, FilenameValues(), None, replace(named, overwrite=True, jpeg_copy=None))

    def make_grid(self, images: Sequence[GeneratedImage], plan: Plan) -> GeneratedImage | None:
        """Make the sheet of all pictures, if the settings want one, and save it if they say so.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if not wants_grid(self.settings, len(images)):
            return None
        rows = grid_rows(self.settings, len(images), plan.request.batch_size)
        sheet = image_grid([image.image for image in images], rows, self.settings[GRID_BACKGROUND_COLOR])
        sheet.info["parameters"] = images[0].infotext
        grid = replace(images[0], image=sheet, path=None)
        if not self.settings[GRID_SAVE]:
            return grid
        folder = self.grids_folder or output_folder(self.settings, self.paths.data, f"{plan.kind}-grid")
        options = grid_save_options(self.settings, self._rules())
        return replace(grid, path=save_image(sheet, folder, self._values(plan, 0), grid.infotext, options))

    def remember(self, infotext: str) -> None:
        """Write `params.txt`, from which the page takes back the last job. That it cannot is no reason to fail."""
        if self.flags.no_prompt_history:
            return
        try:
            write_atomically(self.paths.params_file, infotext)
        except StorageError as error:
            log.warning("%s", error)

    def _rules(self) -> NameRules:
        return NameRules(max_length=self.flags.filenames_max_length, unix=self.flags.unix_filenames_sanitization)

    def _values(self, plan: Plan, index: int) -> FilenameValues:
        request = plan.request
        return FilenameValues(
            seed=plan.seeds[index],
            all_seeds=plan.seeds,
            prompt=plan.each.prompts[index],
            negative_prompt=plan.each.negative_prompts[index],
            prompt_without_styles=self.prompt_without_styles,
            styles=request.styles,
            steps=request.steps,
            cfg_scale=request.cfg_scale,
            width=request.width,
            height=request.height,
            sampler=plan.choice.sampler.name,
            scheduler=plan.choice.label,
            model_name=self.checkpoint.name_for_extra,
            model_hash=self.checkpoint.short_hash or "",
            clip_skip=plan.text.clip_skip,
            batch_size=request.batch_size,
            batch_count=request.n_iter,
            batch_index=index % request.batch_size,
            iteration=index // request.batch_size,
            user=self.user,
            basename=self.basename,
            job_timestamp=self.job_timestamp,
        )
