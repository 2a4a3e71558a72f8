"""Jobs that describe a picture in words."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from modules.app.app import App
from modules.core.errors import InputError, UnknownNameError
from modules.core.progress import Progress
from modules.enhance.interrogate.describe import describe
from modules.enhance.job import EnhanceJob

CLIP, DEEPBOORU = "clip", "deepdanbooru"
NO_DEEPBOORU = "DeepBooru tags are not there yet in this version; CLIP describes pictures in words."


def require_model(name: str) -> None:
    """Make sure that there is a way of describing pictures of that name.

    Raises:
        InputError: it is known but not there yet.
        UnknownNameError: there is none.
    """
    if name in (DEEPBOORU, "deepbooru"):
        raise InputError(NO_DEEPBOORU)
    if name != CLIP:
        raise UnknownNameError("Model not found")


def interrogate(app: App, image: Image.Image, model: str = CLIP) -> tuple[str, Sequence[str]]:
    """Wait our turn and describe a picture; return the words, and sentences about how it went.

    Raises:
        WebUIError: something a person can act on.
    """
    require_model(model)

    def work(progress: Progress) -> tuple[str, Sequence[str]]:
        words = describe(image, app.paths, app.flags, EnhanceJob(app.settings(), progress))
        return words, tuple(progress.comments)

    return app.queue.run(work, kind="interrogate")
