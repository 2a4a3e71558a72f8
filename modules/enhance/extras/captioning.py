"""The operation Caption: what is to be seen in a picture, as the text beside it that training reads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modules.core.errors import InputError
from modules.enhance.extras.chain import ExtrasPicture, Operation, Tools
from modules.enhance.interrogate.describe import describe_shortly

BLIP = "BLIP"


@dataclass(frozen=True)
class CaptionValues:
    """What writes the caption. A1111's Deepbooru is not there yet."""

    writers: tuple[str, ...] = (BLIP,)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: no writer of that name.
        """
        if not set(self.writers) <= {BLIP}:
            raise InputError(f"Captions are written by {BLIP}; other ways are not there yet.")


def apply_caption(picture: ExtrasPicture, values: CaptionValues, tools: Tools) -> list[ExtrasPicture]:
    """Describe the picture; the job writes the text beside its file.

    Raises:
        CheckpointError: the network's files are not there, or cannot be read.
    """
    if BLIP not in values.writers:
        return [picture]
    words = describe_shortly(picture.image, tools.paths, tools.flags, tools.job)
    return [replace(picture, caption=", ".join(filter(None, (picture.caption, words))))]


CAPTION = Operation("Caption", 4040, CaptionValues, apply_caption)
