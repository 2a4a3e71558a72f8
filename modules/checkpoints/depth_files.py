"""The depth estimator in models/midas: a DPT in the format of transformers. Loaded when a depth checkpoint needs it."""

from __future__ import annotations

import logging
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from modules.checkpoints.libraries import DPTForDepthEstimation
from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError
from modules.engine.depth import DEPTH_ADVICE, DepthEstimator, DptEstimator
from modules.engine.model import DiffusionModel

log = logging.getLogger(__name__)

FOLDER = "midas"
CONFIG, WEIGHTS = "config.json", "model.safetensors"


def provide_depth_estimator(model: DiffusionModel, models: Path) -> None:
    """Let a depth model find its estimator in the models folder when it needs it; it keeps it then."""
    if model.variant == "depth":
        model.depth_estimator = cache(partial(load_depth_estimator, models / FOLDER, model.device))


def load_depth_estimator(folder: Path, device: torch.device) -> DepthEstimator:
    """Load the estimator that is in the folder, or in a folder of it (the first by name), in 32 bits.

    Raises:
        CheckpointError: there is none, or it cannot be read.
    """
    for path in (folder, *sorted(folder.glob("*/"))):
        if (path / CONFIG).is_file() and (path / WEIGHTS).is_file():
            return _load(path, device)
    raise CheckpointError(DEPTH_ADVICE)


def _load(folder: Path, device: torch.device) -> DepthEstimator:
    load: Any = DPTForDepthEstimation.from_pretrained
    try:
        network, report = load(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # its checks raise kinds of their own
        raise CheckpointError(_refusal(folder)) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        log.debug("%s lacks %s, and does not fit in %s", folder, report["missing_keys"], report["mismatched_keys"])
        raise CheckpointError(_refusal(folder))
    network.to(device).eval().requires_grad_(requires_grad=False)
    size = network.config.image_size
    return DptEstimator(network, size if isinstance(size, int) else size[0])


def _refusal(folder: Path) -> str:
    return f"What is in models/midas ({printable(folder.name)}) is not a whole DPT depth estimator. {DEPTH_ADVICE}"
