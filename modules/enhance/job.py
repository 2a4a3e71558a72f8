"""What every step of enhancing a picture is told about the job it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field

from modules.core.options import Settings
from modules.core.progress import Progress


@dataclass(frozen=True)
class EnhanceJob:
    """The settings in force, and where progress goes and interruptions come from, if anywhere."""

    settings: Settings = field(default_factory=Settings)
    progress: Progress | None = None

    @property
    def cut_short(self) -> bool:
        """The present picture is to end now."""
        return self.progress is not None and self.progress.cut_short

    def comment(self, sentence: str) -> None:
        """Tell something to the person who waits for the picture."""
        if self.progress is not None:
            self.progress.comment(sentence)
