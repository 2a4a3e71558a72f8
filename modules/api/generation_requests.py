"""From the body of a call to a request of the program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException

from modules.api.images import decode_image
from modules.api.schemas import NOT_YET, GenerationFields
from modules.app.app import App
from modules.core.options import OPTIONS
from modules.generation.options import CHECKPOINT
from modules.generation.request import Txt2ImgRequest

BUILT_IN_SCRIPTS = frozenset({"seed", "sampler", "refiner", "extra options"})
"""Parts of the page that are scripts in A1111, which ignores what API calls say about them."""

WITHOUT_EFFECT = frozenset({"s_min_uncond", "initial_noise_multiplier"})
"""Settings that A1111 reads before a call's overrides: as overrides they do nothing, as fields they work."""


def txt2img_request(body: GenerationFields) -> Txt2ImgRequest:
    """Make the request; null stands for the default.

    Raises:
        HTTPException: a script that is not there, or a feature that is not there yet.
        InputError: a value out of range.
        UnknownNameError: no such sampler or schedule.
    """
    values = body.model_dump()
    refuse_unknown_scripts(values)
    refuse_missing_features(values)
    names = {field.name for field in dataclasses.fields(Txt2ImgRequest)}
    given = {name: values[name] for name in names if values[name] is not None}
    given["styles"] = tuple(given.get("styles", ()))
    if body.firstpass_image:
        given["firstpass_image"] = decode_image(body.firstpass_image)
    overrides = settable(given.get("override_settings", {}))
    given["override_settings"] = {key: value for key, value in overrides.items() if key not in WITHOUT_EFFECT}
    return Txt2ImgRequest(**given)


def refuse_unknown_scripts(values: Mapping[str, Any]) -> None:
    """Refuse scripts by name.

    Raises:
        HTTPException: 422, there is no such script.
    """
    names = [values["script_name"] or "", *(values["alwayson_scripts"] or {})]
    for name in names:
        if name and name.casefold() not in BUILT_IN_SCRIPTS:
            raise HTTPException(422, f"Script '{name:.100}' not found")


def refuse_missing_features(values: Mapping[str, Any]) -> None:
    """Refuse what would silently make another picture than asked for.

    Raises:
        HTTPException: 501, the feature is not there yet.
    """
    for name, label in NOT_YET.items():
        if values.get(name):
            raise HTTPException(501, f"{label} is not there yet; leave {name} out.")


def settable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that an API call may change; null stands for "as it is".

    Raises:
        UnknownNameError: a key that is no setting.
    """
    options = {key: OPTIONS.get(key) for key in values}
    return {
        key: value
        for key, value in values.items()
        if not options[key].restrict_api and (value is not None or options[key].default is None)
    }


def keep_overrides(app: App, overrides: Mapping[str, Any]) -> None:
    """Make a request's overrides the settings of the program. A checkpoint that is not there is ignored, as in A1111.

    Raises:
        WebUIError: a setting that is unknown, of the wrong type, or frozen.
    """
    kept = dict(overrides)
    if CHECKPOINT.name in kept and not app.catalog.find(str(kept[CHECKPOINT.name])):
        kept.pop(CHECKPOINT.name)
    app.set_options(kept)
