"""A real, tiny model for the engine's tests."""

import dataclasses

import pytest

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.flags import Flags
from tests.golden.evidence import COMMITTED


@pytest.fixture
def tiny():
    path = COMMITTED / "tiny-random.safetensors"
    flags = dataclasses.replace(Flags(), use_cpu=("all",))
    return load_checkpoint(CheckpointInfo(path, path.name, config=path.with_suffix(".yaml")), flags)
