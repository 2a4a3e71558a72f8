"""Jobs that describe a picture in words, or in tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from modules.app.app import App
from modules.app.current import current_app
from modules.core.errors import UnknownNameError
from modules.core.flags import Flags
from modules.core.paths import Paths
from modules.core.progress import Progress
from modules.enhance.interrogate.describe import describe
from modules.enhance.interrogate.tagging import tag
from modules.enhance.job import EnhanceJob

CLIP, DEEPBOORU = "clip", "deepdanbooru"
Describe = Callable[[Image.Image, Paths, Flags, EnhanceJob], str]
WAYS: Mapping[str, Describe] = {CLIP: describe, DEEPBOORU: tag, "deepbooru": tag}
"""By the name that the API has for them."""


def require_model(name: str) -> Describe:
    """Return the way of describing pictures of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in WAYS:
        raise UnknownNameError("Model not found")
    return WAYS[name]


def interrogate(app: App, image: Image.Image, model: str = CLIP) -> tuple[str, Sequence[str]]:
    """Wait our turn and describe a picture; return the words, and sentences about how it went.

    Raises:
        WebUIError: something a person can act on.
    """
    way = require_model(model)

    def work(progress: Progress) -> tuple[str, Sequence[str]]:
        words = way(image, app.paths, app.flags, EnhanceJob(app.settings(), progress))
        return words, tuple(progress.comments)

    return app.queue.run(work, kind="interrogate")


def describe_now(model: str, image: Image.Image) -> str:
    """Describe a picture within the running job, for scripts.

    Raises:
        WebUIError: something a person can act on.
    """
    app = current_app()
    return require_model(model)(image, app.paths, app.flags, EnhanceJob(app.settings(), app.queue.current))
