"""Which scripts there are, and what values they take."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from modules.api.dependencies import TheApp
from modules.api.schemas import ScriptArgument, ScriptInfo, ScriptNames
from modules.plugins.runner import ScriptRunner, start_value
from modules.plugins.script import Script

router = APIRouter(prefix="/sdapi/v1", tags=["scripts"])

PARTS_OF_THE_PAGE = ("refiner", "seed")
"""Scripts of A1111 that are parts of the page here; clients look for their names."""


@router.get("/scripts")
def scripts(app: TheApp) -> ScriptNames:
    """List the names of all scripts, by tab."""
    return ScriptNames(txt2img=names(app.script_runner("txt2img")), img2img=names(app.script_runner("img2img")))


@router.get("/script-info")
def script_info(app: TheApp) -> list[ScriptInfo]:
    """List all scripts with the values that they take, in the order in which they are given."""
    runners = [app.script_runner(tab) for tab in ("txt2img", "img2img")]
    return [info(script) for runner in runners if runner for script in runner.scripts]


def names(runner: ScriptRunner | None) -> list[str]:
    """Return the names of a tab's scripts."""
    return [*(str(script.name) for script in (runner.scripts if runner else ())), *PARTS_OF_THE_PAGE]


def info(script: Script) -> ScriptInfo:
    """Describe one script."""
    return ScriptInfo(
        name=str(script.name),
        is_alwayson=script.alwayson,
        is_img2img=script.is_img2img,
        args=[argument(control) for control in script.controls or ()],
    )


def argument(control: Any) -> ScriptArgument:
    """Describe one control."""
    choices = getattr(control, "choices", None)
    value = start_value(control) if getattr(control, "type", None) != "index" else getattr(control, "value", None)
    return ScriptArgument(
        label=str(getattr(control, "label", None) or ""),
        value=value,
        minimum=getattr(control, "minimum", None),
        maximum=getattr(control, "maximum", None),
        step=getattr(control, "step", None),
        choices=[str(choice[0] if isinstance(choice, tuple) else choice) for choice in choices]
        if choices is not None
        else None,
    )
