"""`<kind:name:value:key=value>` in prompts: which networks (Loras, hypernetworks, ...) to use (contract 5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TAG = re.compile(r"<(\w+):(.+)\Z", re.DOTALL)


@dataclass(frozen=True)
class NetworkTag:
    """One tag.

    Attributes:
        kind: lora, lyco, hypernet, ...
        positional: what stands between colons, `name` first.
        named: what is written as key=value.
    """

    kind: str
    positional: tuple[str, ...]
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The network's name, "" if the tag has none."""
        return self.positional[0] if self.positional else ""


def split_network_tags(prompt: str) -> tuple[str, list[NetworkTag]]:
    """Return the prompt without its tags, and the tags."""
    texts: list[str] = []
    tags: list[NetworkTag] = []
    *closed, rest = prompt.split(">")
    for piece in closed:
        if found := _TAG.search(piece):
            texts.append(piece[: found.start()])
            tags.append(_read_tag(found[1], found[2]))
        else:
            texts.append(piece + ">")
    return "".join([*texts, rest]), tags


def without_network_tags(prompt: str) -> str:
    """Return the prompt without its tags."""
    return split_network_tags(prompt)[0]


def _read_tag(kind: str, values: str) -> NetworkTag:
    items = values.split(":")
    named = dict(item.split("=", 1) for item in items if "=" in item)
    return NetworkTag(kind, tuple(item for item in items if "=" not in item), named)
