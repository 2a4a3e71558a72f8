"""What the Settings tab shows, as data: pages of settings, each with its control.

assets/javascript/settings_tab.js and settings_controls.js draw it. There are too many settings for Gradio
controls: three hundred of them would cost seconds whenever the page is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modules.app.app import App
from modules.core.option_pages import page_order, pages_of
from modules.core.options import OPTIONS, Option
from modules.engine.sampling.registry import SAMPLERS
from modules.enhance.extras.captioning import CAPTION
from modules.enhance.extras.chain import OPERATIONS
from modules.enhance.upscalers import UPSCALERS
from modules.frontend.localization import localization_names
from modules.frontend.options import LOCALIZATION, QUICKSETTINGS

NOT_FOR_QUICK_SETTINGS = {"html", "hidden"}
MANY_CHOICES = 8
"""More of them, or longer ones, become a menu."""
LONG_CHOICES = 48
MENUS = {LOCALIZATION.name}
"""Menus of which the entries are found out when they are shown."""


def describe_settings(app: App) -> dict[str, Any]:
    """Return the pages with the settings on them, as they are now; those among the quick settings are up there."""
    quick = {str(key) for key in app.options[QUICKSETTINGS]}
    pages = pages_of(OPTIONS)
    described = [
        {
            "id": f"settings_{page.section}",
            "title": page.title,
            "category": page.category,
            "settings": [describe(app, OPTIONS.get(key)) for key in page.keys if key not in quick],
            "above": [OPTIONS.get(key).label for key in page.keys if key in quick],
        }
        for page in pages
        if page.section not in app.hidden_sections()
    ]
    return {"pages": [page for page in described if page["settings"] or page["above"]]}


def describe(app: App, option: Option[Any]) -> dict[str, Any]:
    """Return one setting: its control, its value, and what is to be said about it."""
    row: dict[str, Any] = {
        "key": option.name,
        "label": option.label,
        "control": control_of(option),
        "value": app.options.get(option.name),
        "default": option.default,
    }
    more = {
        "help": option.help,
        "why": option.without_effect,
        "reload": option.needs_reload,
        "frozen": app.is_frozen(option.name),
        "entries": entries_of(app, option),
        "limits": limits_of(option),
        "whole": isinstance(option.default, int),
    }
    return row | {name: value for name, value in more.items() if value}


def control_of(option: Option[Any]) -> str:
    """Return the kind of control a setting has."""
    if option.kind in ("html", "color", "radio"):
        return option.kind
    if option.name in MENUS:
        return "menu"
    if isinstance(option.default, bool):
        return "checkbox"
    if isinstance(option.default, list):
        return "checkboxes" if (option.choices or option.suggestions) and not option.kind else "several"
    if option.choices:
        short = len(option.choices) <= MANY_CHOICES and sum(map(len, option.choices)) <= LONG_CHOICES
        return "radio" if short else "menu"
    if isinstance(option.default, int | float):
        return "slider" if limits_of(option) else "number"
    return "color" if str(option.default).startswith("#") else "text"


def limits_of(option: Option[Any]) -> Sequence[float] | None:
    """Return minimum, maximum and step of a slider."""
    if option.minimum is None or option.maximum is None:
        return None
    return (option.minimum, option.maximum, option.step or (1 if isinstance(option.default, int) else 0.01))


def entries_of(app: App, option: Option[Any]) -> Sequence[str]:
    """Return what there is to choose from."""
    find = ENTRIES.get(option.name)
    return find(app) if find else option.choices or option.suggestions


def setting_keys(_app: App) -> list[str]:
    """Return the keys of all settings that can be shown elsewhere than in the Settings tab."""
    return [key for key in page_order() if OPTIONS.get(key).kind not in NOT_FOR_QUICK_SETTINGS]


ENTRIES: Mapping[str, Callable[[App], Sequence[str]]] = {
    "sd_model_checkpoint": lambda app: [info.title for info in app.catalog.all()],
    "localization": lambda app: [*dict.fromkeys((*localization_names(app.paths), app.options[LOCALIZATION]))],
    "sd_lora": lambda app: ["None", *(lora.name for lora in app.loras.list())],
    "sd_hypernetwork": lambda app: ["None", *(network.name for network in app.hypernetworks.list())],
    "quicksettings_list": setting_keys,
    "extra_options_txt2img": setting_keys,
    "extra_options_img2img": setting_keys,
    "hide_samplers": lambda _app: SAMPLERS.names(),
    "upscaler_for_img2img": lambda _app: UPSCALERS.names(),
    "postprocessing_enable_in_main_ui": lambda _app: [name for name in OPERATIONS.names() if name != CAPTION.name],
    "postprocessing_disable_in_extras": lambda _app: [entry.name for entry in OPERATIONS if not entry.main_tabs_only],
    "postprocessing_operation_order": lambda _app: OPERATIONS.names(),
}
"""For settings whose entries are found out when they are shown."""
