"""Override settings: what a pasted picture was made with and is set otherwise here, as entries like "Clip skip: 2"."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from modules.app.app import App
from modules.core.errors import InputError
from modules.core.options import OPTIONS, Option
from modules.core.registry import shorten
from modules.frontend.options import KEEP_CHECKPOINT
from modules.generation.from_infotext import FIELD_OF, converted
from modules.generation.options import CHECKPOINT

MODEL_HASH = "Model hash"


def linked_options() -> dict[str, Option[Any]]:
    """Return the settings that an infotext names, by that name; not those that have a control of their own."""
    linked = {option.infotext: option for option in OPTIONS if option.infotext and option.infotext not in FIELD_OF}
    return {**linked, MODEL_HASH: CHECKPOINT}


def read_overrides(entries: Any) -> dict[str, Any]:
    """Return settings by key from entries such as "Clip skip: 2".

    Raises:
        InputError: an entry that names no such setting, or a value that it does not take.
    """
    linked = linked_options()
    settings: dict[str, Any] = {}
    for entry in entries if isinstance(entries, list) else []:
        name, colon, value = str(entry).partition(":")
        option = linked.get(name.strip())
        if option is None or not colon:
            raise InputError(f"Override settings: {shorten(str(entry))!r} names no setting and value; remove it.")
        settings[option.name] = option.check(_typed(option, value.strip()))
    return settings


def overrides_of(app: App, written: Mapping[str, Any], elsewhere: Container[str] = ()) -> list[str]:
    """Return the entries for what an infotext says of settings and is set otherwise at present.

    Args:
        app: the program.
        written: what the infotext says.
        elsewhere: keys of settings that have controls of their own in the tab.
    """
    return [
        f"{name}: {written[name]}"
        for name, option in linked_options().items()
        if name in written and option.name not in elsewhere and _differs(app, option, written[name])
    ]


def written_setting(app: App, option: Option[Any], written: Mapping[str, Any]) -> Any:
    """Return what an infotext says of a setting, as its control takes it; None if it says nothing that it takes."""
    name = MODEL_HASH if option is CHECKPOINT else option.infotext
    if name is None or name not in written:
        return None
    if option is CHECKPOINT:
        named = None if app.options[KEEP_CHECKPOINT] else app.catalog.find(str(written[name]))
        return named.title if named else None
    return option.check(_typed(option, written[name])) if _takes(option, written[name]) else None


def unknown_values(written: Mapping[str, Any]) -> list[str]:
    """Return a line for each value that its setting cannot take."""
    named = [
        (name, option) for name, option in linked_options().items() if name in written and option is not CHECKPOINT
    ]
    return [
        f"{name}: {shorten(str(written[name]))} cannot be set here."
        for name, option in named
        if not _takes(option, written[name])
    ]


def checkpoint_note(app: App, written: Mapping[str, Any]) -> str | None:
    """Return a line on the checkpoint that a picture was made with, if it is not the one in use."""
    name, digest = written.get("Model"), written.get(MODEL_HASH)
    made_with = digest or name
    if not made_with or app.catalog.find(str(made_with)) == app.catalog.find(app.checkpoint_title()):
        return None
    shown = f"{name} [{digest}]" if name and digest else str(made_with)
    return f"This picture was made with the checkpoint {shorten(shown)}."


def _differs(app: App, option: Option[Any], value: Any) -> bool:
    """Say whether a setting would change; not to a value that it cannot take."""
    if option is CHECKPOINT:
        return _is_another_checkpoint(app, str(value))
    return _takes(option, value) and option.check(_typed(option, value)) != app.options.get(option.name)


def _takes(option: Option[Any], value: Any) -> bool:
    try:
        option.check(_typed(option, value))
    except InputError:
        return False
    return True


def _is_another_checkpoint(app: App, digest: str) -> bool:
    if app.options[KEEP_CHECKPOINT]:
        return False
    named = app.catalog.find(digest)
    return named is not None and named.title != app.checkpoint_title()


def _typed(option: Option[Any], value: Any) -> Any:
    kind = type(option.default)
    return converted(value, kind) if kind in {bool, int, float} else value
