"""Which prompts are kept, and whether people may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.app.app import App
from modules.frontend.fields import Field
from modules.frontend.options import PROMPTS_KEPT


def may_see_last_jobs(app: App) -> bool:
    """Say whether people may see what was asked for before."""
    return not (app.flags.hide_ui_dir_config or app.flags.no_prompt_history)


def keeps_prompts(app: App) -> bool:
    """Say whether prompts are kept and may be seen."""
    return may_see_last_jobs(app) and app.options[PROMPTS_KEPT] > 0


def remember_prompts(app: App, fields: Sequence[Field], values: Sequence[Any]) -> None:
    """Keep the prompts of a job that begins."""
    texts = {field.name: value for field, value in zip(fields, values, strict=False) if isinstance(value, str)}
    if "prompt" in texts and keeps_prompts(app):
        app.prompt_history.add(texts["prompt"], texts.get("negative_prompt", ""), app.options[PROMPTS_KEPT])
