"""What to tell about the network tags of a prompt, as long as there are no networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from modules.core.registry import shorten
from modules.engine.text.network_tags import split_network_tags

LORA_KINDS = ("lora", "lyco")
LORA_FILES = (".safetensors", ".pt", ".ckpt")


def network_comments(prompt: str, lora_folders: Sequence[Path]) -> list[str]:
    """Return a sentence for each tag of the prompt, which is left out in any case.

    Args:
        prompt: as it was written.
        lora_folders: where Loras lie.
    """
    tags = split_network_tags(prompt)[1]
    loras = list(dict.fromkeys(tag.name for tag in tags if tag.kind.casefold() in LORA_KINDS))
    others = list(dict.fromkeys(tag.kind for tag in tags if tag.kind.casefold() not in LORA_KINDS))
    there = _names_of_loras(lora_folders) if loras else set()
    missing = [shorten(name) for name in loras if name.casefold() not in there]
    waiting = [shorten(name) for name in loras if name.casefold() in there]
    return [
        *([f"Lora not found: {', '.join(missing)}"] if missing else []),
        *([f"Loras cannot be used yet, and were left out: {', '.join(waiting)}"] if waiting else []),
        *(f"<{shorten(kind)}:…> was left out: there are no networks of that kind." for kind in others),
    ]


def _names_of_loras(folders: Iterable[Path]) -> set[str]:
    files = (path for folder in folders if folder.is_dir() for path in folder.rglob("*"))
    return {path.stem.casefold() for path in files if path.suffix.casefold() in LORA_FILES}
