"""The operation Caption: what is to be seen in a picture, as the text beside it that training reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Tools
from modules.enhance.interrogate.describe import describe_shortly
from modules.enhance.interrogate.tagging import tag

DEEPBOORU, BLIP = "Deepbooru", "BLIP"
WRITERS: Mapping[str, Callable[..., str]] = {DEEPBOORU: tag, BLIP: describe_shortly}
"""In the order in which what they say is put together."""


@dataclass(frozen=True)
class CaptionValues:
    """What writes the caption."""

    writers: tuple[str, ...] = (DEEPBOORU,)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: no writer of that name.
        """
        if not set(self.writers) <= WRITERS.keys():
            raise InputError(f"Captions are written by {' or '.join(WRITERS)}.")


def apply_caption(picture: ExtrasPicture, values: CaptionValues, tools: Tools) -> list[ExtrasPicture]:
    """Describe the picture; the job writes the text beside its file.

    Raises:
        CheckpointError: a network's files are not there, or cannot be read.
    """
    chosen = [write for name, write in WRITERS.items() if name in values.writers]
    said = [write(picture.image, tools.paths, tools.flags, tools.job) for write in chosen]
    return [replace(picture, caption=", ".join(filter(None, (picture.caption, *said))))]


CAPTION = Operation("Caption", 4040, CaptionValues, apply_caption)
