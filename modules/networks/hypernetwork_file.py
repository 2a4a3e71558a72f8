"""Reading a hypernetwork's file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError
from modules.engine.networks.hypernetwork import Hypernetwork, read_hypernetwork
from modules.networks.hypernetwork_catalog import HypernetworkOnDisk
from modules.networks.pickles import load_pickle

LARGEST_FILE = 4 * 2**30


def load_hypernetwork(on_disk: HypernetworkOnDisk, key: Hashable) -> Hypernetwork:
    """Read a hypernetwork, with its tensors on the CPU.

    Args:
        on_disk: its file.
        key: what it is to be known by; another one for a file that has changed.

    Raises:
        CheckpointError: it cannot be read, or holds something else.
    """
    name = printable(on_disk.path.name)
    try:
        if on_disk.path.stat().st_size > LARGEST_FILE:
            raise CheckpointError(f"{name} is far too large for a hypernetwork: does it belong elsewhere?")
        content = load_pickle(on_disk.path.read_bytes(), name, LARGEST_FILE)
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}).") from error
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{name} holds no hypernetwork.")
    try:
        return read_hypernetwork(on_disk.name, key, content)
    except ValueError as error:
        raise CheckpointError(f"{name} cannot be used: {error}.") from error
