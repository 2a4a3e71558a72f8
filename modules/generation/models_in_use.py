"""Which checkpoint a job works with at the moment: Hires. fix and the refiner change it on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modules.checkpoints.catalog import CheckpointInfo
from modules.engine.model import DiffusionModel, Variant
from modules.engine.networks.applied import NO_NETWORKS, ActiveNetworks, with_bundled


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A model and the file it came from."""

    info: CheckpointInfo
    model: DiffusionModel


class ModelsInUse:
    """The checkpoints of one job, and the one that is in memory.

    Nothing else keeps a model longer than a stage of the flow, so that a model that was let go frees its memory.

    `variant` is what the job's checkpoint is shown beside the latents; `tell` takes a sentence for people.

    Args:
        base: the job's checkpoint.
        load: gives a checkpoint's model, loading it in place of another if need be.
        hires: that of the second pass, if it has its own.
        refiner: that of the refiner, if there is one.
    """

    def __init__(
        self,
        base: CheckpointInfo,
        load: Callable[[CheckpointInfo], LoadedCheckpoint],
        *,
        hires: CheckpointInfo | None = None,
        refiner: CheckpointInfo | None = None,
    ) -> None:
        self._load = load
        self._networks = NO_NETWORKS
        self._current = load(base)
        self.base = self._current.info
        self.variant: Variant = self._current.model.variant
        self.hires = hires
        self.refiner = refiner
        self.tell: Callable[[str], None] = lambda _sentence: None

    @property
    def model(self) -> DiffusionModel:
        """The model in memory."""
        return self._current.model

    def switch(self, info: CheckpointInfo) -> DiffusionModel:
        """Make that checkpoint the one in memory.

        Raises:
            CheckpointError: it cannot be read.
        """
        if self._current.info.filename != info.filename:
            del self._current
            self._current = self._load(info)
            self.use(self._networks)
        return self._current.model

    def use(self, networks: ActiveNetworks) -> None:
        """Put these networks on the model in memory, and on those that take its place."""
        self._networks = networks
        model = self._current.model
        model.embeddings = with_bundled(model.embeddings, networks)
        for sentence in model.networks.use(networks, model.device):
            self.tell(sentence)
