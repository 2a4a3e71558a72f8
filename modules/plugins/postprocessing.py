"""Scripts that work on finished pictures, as operations of the Extras chain (contract 6.2). Names are A1111's."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PIL.Image import Image

from modules.core.errors import InputError, WebUIError
from modules.enhance.extras.chain import OPERATIONS, ExtrasPicture, Operation, Size, Tools
from modules.plugins.control_values import start_value

log = logging.getLogger(__name__)


@dataclass
class PostprocessedImageSharedInfo:
    """What a picture has in common with those that were made of it: the size that the whole chain aims at."""

    target_width: int | None = None
    target_height: int | None = None


class PostprocessedImage:
    """A picture on its way through the scripts; all of it may be changed.

    Args:
        image: the picture.

    Attributes:
        info: what was done, as the infotext says it.
        extra_images: pictures made besides, as `create_copy` gives them, or plain ones.
        nametags: what tells the picture from its siblings in file names.
        disable_processing: it is done; the scripts that follow leave it as it is.
        caption: text for the file beside it.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self.info: dict[str, Any] = {}
        self.shared = PostprocessedImageSharedInfo()
        self.extra_images: list[Any] = []
        self.nametags: list[str] = []
        self.disable_processing = False
        self.caption: str | None = None

    def get_suffix(self, used_suffixes: dict[str, int] | None = None) -> str:
        """Return what its file name ends with; with names that are taken, one that is not, which is noted there."""
        suffix = "-".join(self.nametags)
        if suffix:
            suffix = f"-{suffix}"
        if used_suffixes is not None:
            number = used_suffixes.get(suffix, -1) + 1
            used_suffixes[suffix] = number
            suffix = f"{suffix}-{number}" if number else suffix
        return suffix

    def create_copy(
        self, new_image: Image, *, nametags: Sequence[str] | None = None, disable_processing: bool = False
    ) -> PostprocessedImage:
        """Return another picture with what is said of this one; for `extra_images`."""
        copy = PostprocessedImage(new_image)
        copy.shared = self.shared
        copy.nametags = [*self.nametags, *(nametags or ())]
        copy.info = dict(self.info)
        copy.disable_processing = disable_processing
        return copy


class ScriptPostprocessing:
    """A script of the Extras tab. A subclass overrides what it needs.

    Attributes:
        name: as people and settings call it.
        order: scripts and operations with smaller numbers come first, unless a setting says otherwise.
        filename: of the file that it came from.
        controls: what `ui` gave last.
    """

    name: str | None = None
    order: float = 1000
    filename: str | None = None
    controls: Mapping[str, Any] | None = None
    group: Any = None
    args_from: int | None = None
    args_to: int | None = None

    def ui(self) -> Mapping[str, Any] | None:
        """Make the controls and return them by the names under which `process` gets their values."""
        return None

    def process(self, pp: PostprocessedImage, **args: Any) -> None:
        """Work on a picture."""

    def process_firstpass(self, pp: PostprocessedImage, **args: Any) -> None:
        """Before anything is done to a picture: `pp.shared` may be told the size that all aim at."""

    def image_changed(self) -> None:
        """Another picture was put into the tab; let go of what was kept of the one before."""


@dataclass(frozen=True)
class ScriptOperation:
    """A script as the chain sees it: its two steps, with what it raises told as a sentence."""

    script: ScriptPostprocessing
    name: str

    def apply(self, picture: ExtrasPicture, values: Mapping[str, Any], _tools: Tools) -> list[ExtrasPicture]:
        """Return what the script makes of a picture.

        Raises:
            WebUIError: as the script raises it.
            InputError: anything else that it raises; the log has more.
        """
        shown = _shown(picture)
        self._call("process", shown, values)
        made = [shown]
        for extra in shown.extra_images:
            made.append(extra if isinstance(extra, PostprocessedImage) else shown.create_copy(extra))
        return [_taken(picture, entry) for entry in made]

    def target(self, image: Image, values: Mapping[str, Any]) -> Size | None:
        """Return the size that the script wants all to aim at, if it does."""
        shown = PostprocessedImage(image)
        self._call("process_firstpass", shown, values)
        return _target(shown)

    def _call(self, step: str, shown: PostprocessedImage, values: Mapping[str, Any]) -> None:
        try:
            getattr(self.script, step)(shown, **values)
        except WebUIError:
            raise
        except Exception as error:
            log.exception("The script %s failed at %s", self.name, step)
            raise InputError(f"The script {self.name} failed: {type(error).__name__}: {error!s:.200}") from error


def _shown(picture: ExtrasPicture) -> PostprocessedImage:
    shown = PostprocessedImage(picture.image)
    shown.info, shown.nametags, shown.caption = dict(picture.info), list(picture.tags), picture.caption or None
    if picture.target:
        shown.shared.target_width, shown.shared.target_height = picture.target
    return shown


def _taken(before: ExtrasPicture, made: PostprocessedImage) -> ExtrasPicture:
    return replace(
        before,
        image=made.image,
        info=made.info,
        tags=tuple(map(str, made.nametags)),
        caption=made.caption or "",
        target=_target(made),
        is_done=made.disable_processing,
    )


def _target(shown: PostprocessedImage) -> Size | None:
    width, height = shown.shared.target_width, shown.shared.target_height
    return (int(width), int(height)) if width and height else None


# --- the scripts that were loaded ---------------------------------------------------------------------------------


@dataclass
class Registered:
    """The operations that scripts have brought."""

    names: list[str] = field(default_factory=list)


_registered = Registered()


def register_scripts(classes: Iterable[tuple[type[ScriptPostprocessing], str]]) -> None:
    """Put scripts into the chain, in place of those that were loaded before.

    Args:
        classes: with the file of each. One that fails, or that is called like an operation of the program, is told in
            the log and passed over.
    """
    for name in _registered.names:
        OPERATIONS.remove(name)
    _registered.names.clear()
    for script_class, filename in classes:
        add_script(script_class, filename)


def add_script(script_class: type[ScriptPostprocessing], filename: str) -> None:
    """Put a script into the chain; see `register_scripts`."""
    try:
        script = script_class()
        script.filename = filename
        name = str(script.name or script_class.__name__)
        order = float(script.order)
    except Exception:
        log.exception("The script %s could not be started; the others go on", filename)
        return
    if name in OPERATIONS:
        log.warning("%s: there is an operation %s already; the script is passed over.", filename, name)
        return
    made = ScriptOperation(script, name)
    OPERATIONS.add(Operation(name, order, dict, made.apply, made.target, script=script))
    _registered.names.append(name)


def postprocessing_scripts() -> list[ScriptPostprocessing]:
    """Return the scripts in the chain."""
    return [OPERATIONS.get(name).script for name in _registered.names]


def start_values() -> dict[str, dict[str, Any]]:
    """Return what the controls of each script start with, by the script's name; of those whose controls were made."""
    return {
        name: {key: start_value(control) for key, control in script.controls.items()}
        for name, script in zip(_registered.names, postprocessing_scripts(), strict=True)
        if script.controls is not None
    }
