"""A picture in tags: by the tagger in `models/torch_deepdanbooru` (A1111's folder) or `models/deepbooru`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.paths import Paths
from modules.enhance.interrogate.awake import Awake
from modules.enhance.interrogate.tag_text import tags_text
from modules.enhance.job import EnhanceJob
from modules.enhance.network_upscale import split_alpha
from modules.hardware.device import choose_device
from modules.hardware.memory import memory_errors

if TYPE_CHECKING:
    from modules.enhance.interrogate.deepdanbooru import DeepDanbooru
    from modules.enhance.interrogate.onnx_tagger import OnnxTagger

FOLDERS = ("deepbooru", "torch_deepdanbooru")
"""In the folder of models; the second is A1111's."""
NO_TAGGER = (
    "DeepBooru needs a tagger: put A1111's model-resnet_custom_v3.pt, or model.onnx and selected_tags.csv of a WD14 "
    "tagger, into {folder}."
)


def find_tagger(models: Path) -> Path | None:
    """Return the file of the tagger: an ONNX file, or else DeepDanbooru's; the first by name."""
    folders = [models / name for name in FOLDERS if (models / name).is_dir()]
    for pattern in ("*.onnx", "*.pt"):
        found = sorted(path for folder in folders for path in folder.rglob(pattern))
        if found:
            return found[0]
    return None


def tag(image: Image.Image, paths: Paths, flags: Flags, job: EnhanceJob) -> str:
    """Return the tags of a picture, as the settings want them written.

    Raises:
        CheckpointError: there is no tagger, or it cannot be read.
        DeviceMemoryError: there is not enough memory.
    """
    path = find_tagger(paths.models)
    if path is None:
        raise CheckpointError(NO_TAGGER.format(folder=paths.models / FOLDERS[-1]))
    tagger = _load(path, flags)
    with memory_errors(), _awake(tagger, flags, job):
        scores = tagger.scores(split_alpha(image)[0].convert("RGB"))
    return tags_text(scores, job.settings)


def _load(path: Path, flags: Flags) -> DeepDanbooru | OnnxTagger:
    from modules.enhance.network_files import NETWORKS  # spandrel takes seconds to import

    if path.suffix == ".pt":
        from modules.enhance.interrogate.deepdanbooru import load_deepdanbooru

        return NETWORKS.get(path, "tagger", lambda: load_deepdanbooru(path))
    from modules.enhance.interrogate.onnx_tagger import load_onnx_tagger  # so does onnxruntime

    on_gpu = choose_device(flags, "interrogate").type == "cuda"
    return NETWORKS.get(path, "tagger", lambda: load_onnx_tagger(path, on_gpu=on_gpu))


def _awake(tagger: Any, flags: Flags, job: EnhanceJob) -> AbstractContextManager[None]:
    return Awake(tagger, flags, job) if hasattr(tagger, "to") else nullcontext()
