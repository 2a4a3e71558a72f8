"""The loaded checkpoint: loaded on demand, swapped when another is asked for."""

from __future__ import annotations

import gc
import logging
import time

from modules.checkpoints.catalog import CheckpointCatalog, CheckpointInfo
from modules.core.errors import WebUIError
from modules.core.flags import Flags
from modules.generation.models_in_use import LoadedCheckpoint

log = logging.getLogger(__name__)


class ModelHolder:
    """Keeps one checkpoint in memory. Call it only inside a job, so that no two threads load at once."""

    def __init__(self, catalog: CheckpointCatalog, flags: Flags) -> None:
        self._catalog = catalog
        self._flags = flags
        self._loaded: LoadedCheckpoint | None = None
        self.loading = False
        self.error: str | None = None
        """Why the last load failed, in one sentence; None after one that worked."""

    @property
    def loaded(self) -> CheckpointInfo | None:
        """The checkpoint in memory."""
        return None if self._loaded is None else self._loaded.info

    def get(self, info: CheckpointInfo) -> LoadedCheckpoint:
        """Return the checkpoint, loading it in place of another if need be.

        The other one is let go only after the file's header has been found good, and before its weights are read, so
        that two never fill the memory; if reading fails all the same, the next job loads the old one again.

        Raises:
            CheckpointError: it cannot be read or is of an unknown family.
        """
        if self._loaded is not None and self._loaded.info.filename == info.filename:
            return self._loaded
        self.loading, self.error = True, None
        try:
            self._loaded = self._load(info)
        except WebUIError as error:
            self.error = str(error)
            raise
        finally:
            self.loading = False
        return self._loaded

    def _load(self, info: CheckpointInfo) -> LoadedCheckpoint:
        # diffusers and transformers take three seconds to import: not before a model is wanted.
        from modules.checkpoints.loading import check_checkpoint, load_checkpoint

        started = time.monotonic()
        check_checkpoint(info)
        self.unload()
        model = load_checkpoint(info, self._flags)
        hashed = self._catalog.hashed(info)
        log.info("Loaded %s in %.1f s", hashed.title, time.monotonic() - started)
        return LoadedCheckpoint(hashed, model)

    def unload(self) -> None:
        """Let the checkpoint in memory go."""
        self._loaded = None
        gc.collect()
