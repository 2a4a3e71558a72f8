"""Restoring the faces of generated pictures (contract 5.9)."""

from __future__ import annotations

from dataclasses import dataclass

from PIL.Image import Image

from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import Paths
from modules.core.progress import Progress
from modules.enhance.faces.restorers import FACE_RESTORERS, FaceRestorer, restore_faces
from modules.enhance.job import EnhanceJob
from modules.enhance.options import (
    CODE_FORMER_WEIGHT,
    FACE_RESTORATION,
    FACE_RESTORATION_MODEL,
    FACE_RESTORATION_UNLOAD,
    SAVE_BEFORE_FACE_RESTORATION,
)
from modules.generation.plan import Plan

BEFORE = "-before-face-restoration"
"""At the end of the name of a picture whose faces were not restored yet."""


@dataclass(frozen=True)
class FacePlan:
    """What restores the faces of a job's pictures.

    Attributes:
        weight: of CodeFormer, 0..1; 0 changes faces most.
        keeps_before: the pictures are saved without it as well.
    """

    restorer: FaceRestorer
    weight: float
    keeps_before: bool
    settings: Settings

    def require_weights(self, paths: Paths, flags: Flags, progress: Progress) -> None:
        """Fetch the network's file if it is not there, before any picture is made.

        Raises:
            CheckpointError: it cannot be fetched.
        """
        self.restorer.path(paths.models, flags, EnhanceJob(self.settings, progress))

    def restore(self, picture: Image, paths: Paths, flags: Flags, progress: Progress) -> Image:
        """Return the picture with its faces restored.

        Raises:
            CheckpointError: the network's file cannot be read.
        """
        job = EnhanceJob(self.settings, progress)
        return restore_faces(picture, self.restorer, paths.models, flags, job, self.weight)

    def let_go(self) -> None:
        """Free the network's memory, if the settings ask for it."""
        if self.settings[FACE_RESTORATION_UNLOAD]:
            from modules.enhance.network_files import NETWORKS  # spandrel takes a second to import

            NETWORKS.clear()


def plan_faces(plan: Plan) -> FacePlan | None:
    """Return what restores the faces of a job, or None if they stay as they are."""
    settings, asked = plan.settings, plan.request.restore_faces
    if not (settings[FACE_RESTORATION] if asked is None else asked):
        return None
    restorer = FACE_RESTORERS.get(settings[FACE_RESTORATION_MODEL])
    weight = min(max(float(settings[CODE_FORMER_WEIGHT]), 0), 1)
    return FacePlan(restorer, weight, settings[SAVE_BEFORE_FACE_RESTORATION], settings)
