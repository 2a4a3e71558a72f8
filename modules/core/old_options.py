"""Settings that had another key in older versions of A1111 and in Forge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def converted_keys(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the old keys of a settings file mean today, except where the new key is there as well."""
    return {
        new: convert(stored[old])
        for old, (new, convert) in RENAMED.items()
        if old in stored and new not in stored and convert(stored[old]) is not None
    }


def _listed(value: Any) -> list[str] | None:
    if not isinstance(value, str):
        return None
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def _negated(value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


def _same(value: Any) -> Any:
    return value


RENAMED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "sd_vae_as_default": ("sd_vae_overrides_per_model_preferences", _negated),
    "quicksettings": ("quicksettings_list", _listed),
    "quick_setting_list": ("quicksettings_list", _same),
    "ui_reorder": ("ui_reorder_list", _listed),
}
"""Old key: the new one, and what makes the new value of the old one, or None of one that makes no sense."""
