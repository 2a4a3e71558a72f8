"""Styles in pasted prompts: what the setting `infotext_styles` makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modules.app.app import App
from modules.frontend.fields import Field
from modules.frontend.options import INFER_STYLES
from modules.frontend.paste import is_plain_prompt
from modules.generation.from_infotext import Recipe
from modules.generation.style_inference import Prompts, take_styles_out

STYLES = "styles"


def with_styles(app: App, fields: Sequence[Field], recipe: Recipe) -> Recipe:
    """Take styles out of the prompts and into the menu of styles, as far as the setting wants and the tab has one."""
    wanted = app.options[INFER_STYLES]
    has_menu = any(field.name == STYLES for field in fields)
    if wanted == "Ignore" or not has_menu or is_plain_prompt(recipe):
        return recipe
    texts = {name: str(recipe.fields.get(name) or "") for name in (*_names(""), *_names("hr_"))}
    prompts, hires = (Prompts(*(texts[name] for name in _names(prefix))) for prefix in ("", "hr_"))
    found = take_styles_out(prompts, hires, app.styles.all())
    without = dict(zip(_names(""), (found.prompts.prompt, found.prompts.negative_prompt), strict=True))
    if found.hires:
        without |= dict(zip(_names("hr_"), (found.hires.prompt, found.hires.negative_prompt), strict=True))
    fields_now = {**recipe.fields, **{name: text for name, text in without.items() if name in recipe.fields}}
    if wanted == "Apply" or (wanted == "Apply if any" and found.names):
        fields_now[STYLES] = list(found.names)
    return replace(recipe, fields=fields_now)


def _names(prefix: str) -> tuple[str, str]:
    return f"{prefix}prompt", f"{prefix}negative_prompt"
