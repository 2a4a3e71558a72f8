"""Legacy name: jobs as scripts see them. The code is in `modules/generation/job.py`, `run.py` and `processed.py`."""

from modules.app.current import current_app as _current_app
from modules.core.progress import Progress as _Progress
from modules.engine.model import LATENT_CHANNELS as opt_C
from modules.engine.model import LATENT_FACTOR as opt_f
from modules.engine.sampling.noise import slerp
from modules.generation.each_image import resolve_seed as _resolve_seed
from modules.generation.job import (
    StableDiffusionProcessing,
    StableDiffusionProcessingImg2Img,
    StableDiffusionProcessingTxt2Img,
)
from modules.generation.job import first_of as _first_of
from modules.generation.processed import Processed
from modules.generation.run import process_images as _process_images


def process_images(p: StableDiffusionProcessing) -> Processed:
    """Make the pictures of a job; one that an extension has made belongs to the running program and job."""
    if p.program is None:
        app = _current_app()
        p.program = app
        p.progress = p.progress or app.queue.current or _Progress("extension")
    return _process_images(p)


def get_fixed_seed(seed: int | str | None) -> int:
    """Return a seed; nothing, an empty text and -1 draw one."""
    return _resolve_seed(-1 if seed in (None, "") else int(seed))


def fix_seed(p: StableDiffusionProcessing) -> None:
    """Draw the seeds of a job that are not given, so that several runs of it share them."""
    p.seed = get_fixed_seed(_first_of(p.seed)) if not isinstance(p.seed, list) else p.seed
    p.subseed = get_fixed_seed(_first_of(p.subseed)) if not isinstance(p.subseed, list) else p.subseed
