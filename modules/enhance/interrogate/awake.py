"""Networks that describe pictures are on their device only while they are used, unless a setting keeps them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.core.flags import Flags
from modules.enhance.interrogate_options import KEEP_IN_MEMORY
from modules.enhance.job import EnhanceJob
from modules.hardware.device import choose_device

if TYPE_CHECKING:
    from torch import nn


class Awake:
    """Have a network on its device while it is used."""

    def __init__(self, model: nn.Module, flags: Flags, job: EnhanceJob) -> None:
        self._model = model
        self._device = choose_device(flags, "interrogate")
        self._stays = job.settings[KEEP_IN_MEMORY]

    def __enter__(self) -> None:
        self._model.to(self._device)

    def __exit__(self, *_error: object) -> None:
        if not self._stays:
            self._model.to("cpu")
