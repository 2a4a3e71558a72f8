"""From the network tags of a prompt to the networks that are put on the model, and what is written and told of them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError
from modules.core.options import Settings
from modules.core.registry import shorten
from modules.engine.networks.applied import NO_NETWORKS, ActiveLora, ActiveNetworks
from modules.engine.networks.hypernetwork import Hypernetwork
from modules.engine.text.network_tags import NetworkTag, split_network_tags
from modules.generation import network_options as options
from modules.networks.library import NetworkLibrary
from modules.networks.lora_catalog import LoraOnDisk
from modules.networks.options import DEFAULT_MULTIPLIER

log = logging.getLogger(__name__)

LORA_KINDS = ("lora", "lyco")
HYPERNETWORK_KIND = "hypernet"
LARGEST_RANK = 2**31
LARGEST_WEIGHT = 1000
"""A slip of the pen: already at 10 hardly anything is left of a picture."""


@dataclass(frozen=True)
class LoraMention:
    """A LoRA's tag, read.

    Attributes:
        named: the name in the tag.
        ranks: how many of its ranks to use (`dyn`).
    """

    named: str
    te: float
    unet: float
    ranks: int | None


@dataclass(frozen=True)
class PromptNetworks:
    """What a prompt's tags ask for.

    Attributes:
        comments: what is to be told of tags that do nothing.
    """

    loras: tuple[LoraMention, ...] = ()
    hypernetworks: tuple[tuple[str, float], ...] = ()
    comments: tuple[str, ...] = ()


def read_networks(prompt: str) -> PromptNetworks:
    """Read the network tags of a prompt.

    A LoRA named twice is meant twice, both times with the last numbers, as in A1111.
    """
    loras: list[LoraMention] = []
    hypernetworks: list[tuple[str, float]] = []
    comments: dict[str, None] = {}
    for tag in split_network_tags(prompt)[1]:
        kind = tag.kind.casefold()
        try:
            if kind in LORA_KINDS:
                loras.append(_read_lora_tag(tag))
            elif kind == HYPERNETWORK_KIND:
                hypernetworks.append((tag.name, _number(tag, 1, "", 1.0)))
            else:
                comments[f"<{_told(tag.kind)}:…> was left out: there are no networks of that kind."] = None
        except ValueError as error:
            comments[f"<{tag.kind}:{_told(tag.name)}:…> was left out: {error}."] = None
    last = {mention.named: mention for mention in loras}
    return PromptNetworks(tuple(last[mention.named] for mention in loras), tuple(hypernetworks), tuple(comments))


def _read_lora_tag(tag: NetworkTag) -> LoraMention:
    te = _number(tag, 1, "te", 1.0)
    ranks = tag.named.get("dyn", tag.positional[3] if len(tag.positional) > 3 else None)
    if ranks is not None and not (ranks.strip().isdecimal() and 0 < float(ranks) <= LARGEST_RANK):
        raise ValueError(f"{_told(ranks, 20)!r} is no number of ranks")
    return LoraMention(tag.name, te, _number(tag, 2, "unet", te), None if ranks is None else int(ranks))


def _number(tag: NetworkTag, place: int, name: str, default: float) -> float:
    text = tag.named.get(name, tag.positional[place] if len(tag.positional) > place else None)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= LARGEST_WEIGHT:
        raise ValueError(f"{_told(text, 20)!r} is no number from -{LARGEST_WEIGHT} to {LARGEST_WEIGHT}")
    return number


@dataclass(frozen=True)
class FoundNetworks:
    """The networks of a prompt that there are.

    Attributes:
        loras: with the tag that names each.
        comments: what is to be told, in sentences.
    """

    active: ActiveNetworks = NO_NETWORKS
    loras: tuple[tuple[LoraMention, LoraOnDisk], ...] = ()
    comments: tuple[str, ...] = ()


@dataclass
class JobNetworks:
    """The networks of one job, found as they are named; nothing is looked for twice."""

    library: NetworkLibrary
    settings: Settings
    disabled: bool = False
    _found: dict[str, FoundNetworks] = field(default_factory=dict)

    def find(self, prompt: str) -> FoundNetworks:
        """Load the networks that a prompt names. What cannot be used is told of in the comments."""
        if prompt not in self._found:
            self._found[prompt] = FoundNetworks() if self.disabled else self._load(read_networks(prompt))
        return self._found[prompt]

    def _load(self, wanted: PromptNetworks) -> FoundNetworks:
        comments = list(wanted.comments)
        loras, active, missing = self._load_loras(wanted.loras, comments)
        if missing:
            comments.insert(0, f"Lora not found: {', '.join(_told(name) for name in missing)}")
            if self.settings[options.WARN_IN_CONSOLE]:
                log.warning("%s", comments[0])
        hypernetworks = self._load_hypernetworks(wanted.hypernetworks, comments)
        functional = self.settings[options.FUNCTIONAL]
        return FoundNetworks(ActiveNetworks(active, hypernetworks, functional), loras, tuple(comments))

    def _load_loras(
        self, wanted: Sequence[LoraMention], comments: list[str]
    ) -> tuple[tuple[tuple[LoraMention, LoraOnDisk], ...], tuple[ActiveLora, ...], list[str]]:
        loras: list[tuple[LoraMention, LoraOnDisk]] = []
        active: list[ActiveLora] = []
        missing: dict[str, None] = {}
        for mention in wanted:
            on_disk = self.library.loras.find(mention.named) if mention.named not in missing else None
            if on_disk is None:
                missing[mention.named] = None
                continue
            try:
                lora = self.library.lora(on_disk)
                loras.append((mention, self.library.loras.hashed(on_disk)))
            except CheckpointError as error:
                comments.append(f"The LoRA {_told(mention.named)} was left out: {error}")
                continue
            active.append(ActiveLora(lora, mention.te, mention.unet, mention.ranks))
        return tuple(loras), tuple(active), list(missing)

    def _load_hypernetworks(
        self, wanted: Iterable[tuple[str, float]], comments: list[str]
    ) -> tuple[tuple[Hypernetwork, float], ...]:
        found: list[tuple[Hypernetwork, float]] = []
        for name, strength in wanted:
            on_disk = self.library.hypernetworks.find(name)
            if on_disk is None:
                comments.append(f"Hypernetwork not found: {_told(name)}")
                continue
            try:
                found.append((self.library.hypernetwork(on_disk), strength))
            except CheckpointError as error:
                comments.append(f"The hypernetwork {_told(name)} was left out: {error}")
        return tuple(found)

    def hashes(self, prompts: Iterable[str]) -> str | None:
        """Return what infotexts say of the LoRAs that some prompts name, such as `a: 12ab…, b: 34cd…`."""
        written = {
            _without_separators(mention.named): on_disk.shorthash
            for prompt in prompts
            for mention, on_disk in self.find(prompt).loras
            if on_disk.shorthash
        }
        if not written or not self.settings[options.ADD_HASHES]:
            return None
        return ", ".join(f"{name}: {digest}" for name, digest in written.items())

    def let_go_others(self) -> None:
        """Keep in memory what this job uses, and as many other LoRAs as the settings say."""
        loras = {active.lora.key for found in self._found.values() for active in found.active.loras}
        hypernetworks = {network.key for found in self._found.values() for network, _ in found.active.hypernetworks}
        self.library.keep(loras | hypernetworks, self.settings[options.MEMORY_LIMIT])


def networks_of_settings(prompt: str, settings: Settings, library: NetworkLibrary, tell: Callable[[str], None]) -> str:
    """Return the tags that the settings add to every prompt, unless the first one names those networks itself.

    `tell` takes a sentence for people about one that is not there.
    """
    named, multiplier = read_networks(prompt), settings[DEFAULT_MULTIPLIER]
    tags = ""
    for option, kind, find, present in (
        (options.ADDED_HYPERNETWORK, "hypernet", library.hypernetworks.find, {name for name, _ in named.hypernetworks}),
        (options.ADDED_LORA, "lora", library.loras.find, {mention.named for mention in named.loras}),
    ):
        name = settings[option]
        if name in {"", options.NONE, *present}:
            continue
        if find(name) is None:
            tell(f"{_told(name)}, which the setting {option.name} adds to every prompt, is not there.")
        else:
            tags += f"<{kind}:{name}:{multiplier}>"
    return tags


def _without_separators(name: str) -> str:
    return name.replace(",", "").replace(":", "")


def _told(text: str, limit: int = 80) -> str:
    """Cut what a tag says for a message, which is one line."""
    return printable(shorten(text, limit))
