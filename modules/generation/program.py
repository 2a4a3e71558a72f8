"""What a job needs from the program it runs in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from modules.core.options import Settings
from modules.generation.models_in_use import ModelsInUse
from modules.generation.request import GenerationRequest
from modules.generation.saving import Saver
from modules.generation.styles import Style
from modules.networks.library import NetworkLibrary


class Program(Protocol):
    """The running program, as jobs see it; `App` is one."""

    @property
    def networks(self) -> NetworkLibrary:
        """The networks that prompts can name."""
        ...

    def settings(self, overrides: Mapping[str, Any] | None = None) -> Settings:
        """Return all settings as they are now, with a job's overrides on top.

        Raises:
            UnknownNameError: an override of no known setting.
            InputError: an override of the wrong type.
        """
        ...

    def styles_named(self, names: Iterable[str]) -> list[Style]:
        """Return the styles that there are of these."""
        ...

    def models_for(self, request: GenerationRequest, settings: Settings) -> ModelsInUse:
        """Load the checkpoint of a job and find its other ones.

        Raises:
            UnknownNameError: no such checkpoint.
            CheckpointError: it cannot be read.
        """
        ...

    def saver_for(self, settings: Settings, models: ModelsInUse) -> Saver:
        """Make what saves the pictures of a job."""
        ...
