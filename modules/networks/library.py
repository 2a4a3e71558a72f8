"""All networks that prompts can name, and those of them that are in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable
from pathlib import Path

from modules.engine.networks.hypernetwork import Hypernetwork
from modules.engine.networks.lora import Lora
from modules.networks.hypernetwork_catalog import HypernetworkCatalog, HypernetworkOnDisk
from modules.networks.hypernetwork_file import load_hypernetwork
from modules.networks.lora_catalog import LoraCatalog, LoraOnDisk
from modules.networks.lora_file import load_lora


class NetworkLibrary:
    """Loads networks from their catalogs. Call `lora`, `hypernetwork` and `keep` only inside a job."""

    def __init__(self, loras: LoraCatalog, hypernetworks: HypernetworkCatalog) -> None:
        self.loras = loras
        self.hypernetworks = hypernetworks
        self._loras: OrderedDict[Path, tuple[Hashable, Lora]] = OrderedDict()
        self._hypernetworks: dict[Path, tuple[Hashable, Hypernetwork]] = {}

    def lora(self, on_disk: LoraOnDisk) -> Lora:
        """Return a LoRA, reading its file unless that is in memory as it is now.

        Raises:
            CheckpointError: it cannot be read, or holds something else.
        """
        now = _state(on_disk.path)
        known = self._loras.pop(on_disk.path, None)
        if known is None or known[0] != now:
            known = (now, load_lora(on_disk, now))
        self._loras[on_disk.path] = known
        return known[1]

    def hypernetwork(self, on_disk: HypernetworkOnDisk) -> Hypernetwork:
        """Return a hypernetwork; see `lora`.

        Raises:
            CheckpointError: it cannot be read, or holds something else.
        """
        now = _state(on_disk.path)
        known = self._hypernetworks.get(on_disk.path)
        if known is None or known[0] != now:
            known = self._hypernetworks[on_disk.path] = (now, load_hypernetwork(on_disk, now))
        return known[1]

    def keep(self, used: Collection[Hashable], more: int) -> None:
        """Let go what is in memory, but for networks with these keys and a number of other LoRAs, those used last."""
        others = [path for path, (key, _) in self._loras.items() if key not in used]
        for path in others[: max(len(others) - max(more, 0), 0)]:
            del self._loras[path]
        self._hypernetworks = {path: known for path, known in self._hypernetworks.items() if known[0] in used}


def _state(path: Path) -> Hashable:
    """Return what stands for a file as it is now."""
    try:
        state = path.stat()
    except OSError:
        return path, None
    return path, state.st_mtime_ns, state.st_size
