"""A request's `infotext` fills the fields that its sender did not set."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from modules.app.app import App
from modules.core.errors import InputError
from modules.generation.from_infotext import read_recipe
from modules.generation.local_networks import with_local_networks
from modules.generation.options import CHECKPOINT
from modules.networks.options import PREFERRED_NAME

Body = TypeVar("Body", bound=BaseModel)


def fill_from_infotext(body: Body, app: App) -> Body:
    """Return the body with what its `infotext` says in the fields that were not set.

    Raises:
        InputError: a value in the infotext that its field cannot take.
    """
    text: str | None = getattr(body, "infotext", None)
    if not text:
        return body
    recipe = with_local_networks(read_recipe(text), app.loras, app.options[PREFERRED_NAME])
    given = body.model_dump(exclude_unset=True)
    overrides = {**recipe.settings, **(given.pop("override_settings", None) or {})}
    also_fields = {key: value for key, value in recipe.settings.items() if key in type(body).model_fields}
    checkpoint = app.catalog.find(str(recipe.written["Model hash"])) if recipe.written.get("Model hash") else None
    if checkpoint is not None:
        overrides.setdefault(CHECKPOINT.name, checkpoint.title)
    try:
        return type(body).model_validate({**also_fields, **recipe.fields, **given, "override_settings": overrides})
    except ValidationError as error:
        problem = error.errors()[0]
        raise InputError(f"The infotext cannot be used: {problem['loc'][0]}: {problem['msg']}.") from error
