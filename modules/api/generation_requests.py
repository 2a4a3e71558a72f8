"""From the body of a call to a request of the program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import HTTPException
from PIL.Image import Image

from modules.api.images import decode_image
from modules.api.schemas import GenerationFields, image_fields
from modules.app.app import App
from modules.app.script_call import ScriptCall
from modules.core.options import OPTIONS, Settings
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.options import CHECKPOINT
from modules.generation.request import GenerationRequest
from modules.plugins.runner import UnknownScriptError

BUILT_IN_SCRIPTS = frozenset({"seed", "sampler", "refiner", "extra options"})
"""Parts of the page that are scripts in A1111, which ignores what API calls say about them."""

WITHOUT_EFFECT = frozenset({"s_min_uncond", "initial_noise_multiplier"})
"""Settings that A1111 reads before a call's overrides: as overrides they do nothing, as fields they work."""


Request = TypeVar("Request", bound=GenerationRequest)


def read_request(kind: type[Request], body: GenerationFields, settings: Settings) -> Request:
    """Make the request; null stands for the default. `settings` say whether pictures may be given by address.

    Raises:
        HTTPException: 404 without a picture where one is needed.
        InputError: a value out of range, or a picture that cannot be read.
        UnknownNameError: no such sampler or schedule.
    """
    values = body.model_dump()
    names = {field.name for field in dataclasses.fields(kind)}
    given = {name: values[name] for name in names if values[name] is not None}
    given["styles"] = tuple(given.get("styles", ()))
    for name in image_fields(kind):
        if name in given:
            given[name] = read_images(given[name], settings)
    if kind is Img2ImgRequest and not given.get("init_images"):
        raise HTTPException(404, "Init image not found")
    overrides = settable(given.get("override_settings", {}))
    given["override_settings"] = {key: value for key, value in overrides.items() if key not in WITHOUT_EFFECT}
    return kind(**given)


def read_images(value: str | list[str], settings: Settings) -> Image | tuple[Image, ...] | None:
    """Open a picture, or several; an empty text is none.

    Raises:
        InputError: one of them cannot be read.
    """
    if isinstance(value, str):
        return decode_image(value, settings) if value else None
    return tuple(decode_image(text, settings) for text in value)


def read_scripts(app: App, kind: type[GenerationRequest], body: GenerationFields) -> ScriptCall | None:
    """Return the scripts that take part in a job, with the values of all their controls.

    Raises:
        HTTPException: 422, there is no such script, or its values cannot be read.
    """
    values = body.model_dump()
    name = values["script_name"] or None
    if name and name.casefold() in BUILT_IN_SCRIPTS:
        name = None
    given = values["alwayson_scripts"] or {}
    always_on = {script: always_on_args(script, given[script]) for script in given if is_script(script)}
    runner = app.script_runner("img2img" if kind is Img2ImgRequest else "txt2img")
    if runner is None:
        for script in (name, *always_on):
            if script:
                raise HTTPException(422, f"Script '{script:.100}' not found")
        return None
    try:
        return ScriptCall(runner, runner.args_for(name, values["script_args"] or (), always_on), is_ui=False)
    except UnknownScriptError as error:
        raise HTTPException(422, str(error)) from error


def is_script(name: str) -> bool:
    """Say whether that is a script here, not a part of the page that is one in A1111 alone."""
    return name.casefold() not in BUILT_IN_SCRIPTS


def always_on_args(name: str, given: Any) -> list[Any]:
    """Return the values in `alwayson_scripts`: `{"args": [...]}`.

    Raises:
        HTTPException: 422, they are written otherwise.
    """
    args = given.get("args") if isinstance(given, dict) else given
    if args is None:
        return []
    if not isinstance(args, list):
        raise HTTPException(422, f"alwayson_scripts: '{name:.100}' needs its values as {{\"args\": [...]}}.")
    return args


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
