"""The loaded checkpoints: loaded on demand, let go when there are too many."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from pathlib import Path

import torch

from modules.checkpoints.catalog import CheckpointCatalog, CheckpointInfo
from modules.core.errors import WebUIError
from modules.core.flags import Flags
from modules.core.paths import make_paths
from modules.engine.latents.precision import raise_vae_precision
from modules.generation.models_in_use import LoadedCheckpoint

log = logging.getLogger(__name__)


class ModelHolder:
    """Keeps checkpoints in memory, one unless `limit` says more; of those, the ones used last.

    Call it only inside a job, so that no two threads load at once.
    """

    def __init__(self, catalog: CheckpointCatalog, flags: Flags, limit: Callable[[], int] = lambda: 1) -> None:
        self._catalog = catalog
        self._flags = flags
        self._limit = limit
        self._kept: dict[Path, LoadedCheckpoint] = {}  # the one used last is last
        self._vae_precisions: set[torch.dtype] = set()  # in which VAEs computed in the end: one may have needed more
        self.loading = False
        self.error: str | None = None
        """Why the last load failed, in one sentence; None after one that worked."""

    @property
    def loaded(self) -> CheckpointInfo | None:
        """The checkpoint that was used last."""
        return next(reversed(self._kept.values())).info if self._kept else None

    def get(self, info: CheckpointInfo) -> LoadedCheckpoint:
        """Return the checkpoint, loading it in place of another if need be.

        Another one is let go only after the file's header has been found good, and before its weights are read, so
        that memory never holds one too many; if reading fails all the same, the next job loads the old one again.

        Raises:
            CheckpointError: it cannot be read or is of an unknown family.
        """
        kept = self._kept.pop(info.filename, None)
        if kept is None:
            self.loading, self.error = True, None
            try:
                kept = self._load(info)
            except WebUIError as error:
                self.error = str(error)
                raise
            finally:
                self.loading = False
        self._kept[info.filename] = kept
        return kept

    def _load(self, info: CheckpointInfo) -> LoadedCheckpoint:
        # diffusers and transformers take three seconds to import: not before a model is wanted.
        from modules.checkpoints.depth_files import provide_depth_estimator
        from modules.checkpoints.loading import check_checkpoint, load_checkpoint
        from modules.engine.latents.space import latent_space
        from modules.networks.small_decoders import find_small_decoders

        started = time.monotonic()
        check_checkpoint(info)
        self._let_go(keep=self._limit() - 1)
        model = load_checkpoint(info, self._flags)
        for precision in self._vae_precisions:
            raise_vae_precision(model, precision)
        paths = make_paths(self._flags)
        model.small_decoders = find_small_decoders(
            paths.models, model.device, model.precision.unet, latent_space(model), paths.program / "models"
        )
        provide_depth_estimator(model, paths.models)
        hashed = self._catalog.hashed(info)
        log.info("Loaded %s in %.1f s", hashed.title, time.monotonic() - started)
        return LoadedCheckpoint(hashed, model)

    def keep_at_most(self, count: int) -> None:
        """Let those go that were used longest ago, until so many are left; the last one stays."""
        if len(self._kept) > max(count, 1):
            self._let_go(keep=max(count, 1))

    def unload(self) -> None:
        """Let all checkpoints in memory go."""
        self._let_go(keep=0)

    def _let_go(self, keep: int) -> None:
        self._vae_precisions.update(kept.model.precision.vae for kept in self._kept.values())
        while len(self._kept) > max(keep, 0):
            del self._kept[next(iter(self._kept))]
        gc.collect()
