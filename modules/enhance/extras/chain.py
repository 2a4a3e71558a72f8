"""The Extras chain: operations on one picture, in order; each may make several pictures of it (contract 7.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from modules.core.flags import Flags
from modules.core.paths import Paths
from modules.core.registry import Registry
from modules.enhance.job import EnhanceJob
from modules.enhance.options import OPERATION_ORDER

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class ExtrasPicture:
    """A picture on its way through the chain.

    Attributes:
        info: what was done to it, as the infotext says it.
        tags: what tells it from its siblings in file names.
        caption: its description for training, if one was made.
        target: the size that the whole chain aims at; the operations for training data cut to it.
        is_done: no more operations are applied to it.
    """

    image: Image.Image
    info: Mapping[str, object] = field(default_factory=dict[str, object])
    tags: tuple[str, ...] = ()
    caption: str = ""
    target: Size | None = None
    is_done: bool = False

    def done(self, image: Image.Image, **info: object) -> ExtrasPicture:
        """Return the picture after an operation."""
        return replace(self, image=image, info={**self.info, **info})


@dataclass(frozen=True)
class Tools:
    """What operations work with."""

    job: EnhanceJob
    paths: Paths
    flags: Flags


Apply = Callable[[ExtrasPicture, Any, Tools], Sequence[ExtrasPicture]]
"""f(picture, values, tools) -> pictures; `values` is of the operation's own class."""


@dataclass(frozen=True)
class Operation:
    """One step of the chain.

    Attributes:
        name: as A1111 calls it; what settings name it by.
        order: operations with smaller numbers come first, unless a setting says otherwise.
        values: the class of what can be set; without arguments it holds the page's defaults, but for scripts.
        apply: does it.
        target: f(picture, values) -> the size that the chain aims at, for an operation that may decide on it.
        main_tabs_only: it is offered in txt2img and img2img, never in the Extras tab.
        script: of an extension, which makes its own controls and is always applied; it decides by itself.
    """

    name: str
    order: float
    values: type
    apply: Apply
    target: Callable[[Image.Image, Any], Size | None] | None = None
    main_tabs_only: bool = False
    script: Any = None


OPERATIONS: Registry[Operation] = Registry("operation")


def in_order(tools_order: Sequence[str]) -> list[Operation]:
    """Return all operations: those that a setting puts first, then by their numbers."""
    wanted = {name: place for place, name in enumerate(tools_order)}
    return sorted(OPERATIONS, key=lambda entry: (wanted.get(entry.name, len(wanted)), entry.order, entry.name))


def shown_operations(order: Sequence[str], hidden: Sequence[str]) -> list[Operation]:
    """Return the operations that the Extras tab shows, in order."""
    return [entry for entry in in_order(order) if entry.name not in hidden and not entry.main_tabs_only]


def run_chain(image: Image.Image, wanted: Mapping[str, Any], tools: Tools) -> list[ExtrasPicture]:
    """Apply operations to a picture.

    Args:
        image: any mode.
        wanted: by operation's name its values.
        tools: whose job may cut the work short; what was done until then is returned.
    """
    chosen = [entry for entry in in_order(tools.job.settings[OPERATION_ORDER]) if entry.name in wanted]
    targets = [entry.target(image, wanted[entry.name]) for entry in chosen if entry.target is not None]
    pictures = [ExtrasPicture(image, target=next(filter(None, targets), None))]
    for entry in chosen:
        if tools.job.cut_short:
            break
        pictures = [
            made
            for picture in pictures
            for made in ([picture] if picture.is_done else entry.apply(picture, wanted[entry.name], tools))
        ]
    return pictures
