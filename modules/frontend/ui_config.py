"""`ui-config.json`: what the controls of the page begin with, their ranges, and which are shown, in A1111's format.

The file is read when the page is built. What it does not have yet is written into it; what nothing here knows is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from modules.core.errors import InputError, StorageError
from modules.core.files import read_json_file, write_json
from modules.core.registry import shorten
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.frontend.fields import Tab
from modules.frontend.paste import sampler_and_schedule
from modules.frontend.ui_config_paths import Named, named_controls
from modules.frontend.ui_config_values import checked_value, choices_of, is_number

log = logging.getLogger(__name__)

RANGE = ("minimum", "maximum", "step")

A1111_DEFAULTS: Mapping[str, Any] = {
    "prompt": "",
    "width": 512,
    "height": 512,
    "cfg_scale": 7.0,
    "steps": 20,
    "hr_scale": 2.0,
    "denoising_strength": 0.7,
}
"""By field, of those for which a model may recommend other values: a file that says these says nothing."""

Values = dict[str, Any]


class UiConfig:
    """The file and the controls that it is about.

    Args:
        path: of the file.
        set_aside: where a file goes that cannot be read.
        tabs: of the page, as they were built.
        recommended: values by field with which the present model wants to begin.
    """

    def __init__(self, path: Path, set_aside: Path, tabs: Sequence[Tab], recommended: Mapping[str, Any]) -> None:
        self.path = path
        self.notices: list[str] = []
        self._set_aside = set_aside
        self.controls = [named for tab in tabs for named in named_controls(tab)]
        self._recommended = {
            field.component: A1111_DEFAULTS[field.name]
            for tab in tabs
            for field in tab.fields
            if field.name in A1111_DEFAULTS and recommended.get(field.name) == getattr(field.component, "value", None)
        }
        self.first = self._first_of_each_path()
        self.begins: Values = {}
        """What the page begins with, by key."""
        self.stored = self._load()

    def _first_of_each_path(self) -> dict[str, Named]:
        first: dict[str, Named] = {}
        for named in self.controls:
            first.setdefault(named.path, named)
        return first

    def _load(self) -> Values:
        try:
            return read_json_file(self.path, self._set_aside)
        except StorageError as error:
            self._tell(f"{error} The page has its own defaults.")
            return {}

    def _tell(self, notice: str) -> None:
        log.warning("%s", notice)
        self.notices.append(notice)

    # --- reading ----------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Give the controls what the file says; what it says wrongly is told and left out. Then complete the file."""
        defaults = self.defaults()
        for named in self.controls:
            self._apply_visible(named)
        for named in self.first.values():
            self._apply_range(named)
            self._apply_value(named)
        self.begins = {f"{named.path}/value": named.component.value for named in self.value_controls()}
        missing = {key: value for key, value in defaults.items() if key not in self.stored}
        if missing:
            try:
                self.save(missing)
            except StorageError as error:
                log.warning("%s", error)

    def defaults(self) -> Values:
        """Return what the file holds of the controls as they are."""
        values: Values = {}
        for path, named in self.first.items():
            component = named.component
            values[f"{path}/visible"] = True
            if not isinstance(component, gr.Button):
                values[f"{path}/value"] = self._recommended.get(component, component.value)
            if isinstance(component, gr.Slider):
                values |= {f"{path}/{name}": getattr(component, name) for name in RANGE}
        return values

    def _said(self, named: Named, name: str) -> Any:
        """Return what the file says of a control, or None."""
        paths = [named.path, *(path for path in named.others if path not in self.first)]
        found = (self.stored.get(f"{path}/{name}") for path in paths)
        return next((value for value in found if value is not None), None)

    def _apply_visible(self, named: Named) -> None:
        said = self._said(named, "visible")
        if said is False:
            named.component.visible = "hidden"
        elif said not in (None, True):
            self._refuse(named, "visible", said, "true or false")

    def _apply_range(self, named: Named) -> None:
        component = named.component
        if not isinstance(component, gr.Slider):
            return
        wanted = {name: self._said(named, name) for name in RANGE}
        for name, value in wanted.items():
            if value is not None and not is_number(value):
                self._refuse(named, name, value, "a number")
                wanted[name] = None
        minimum, maximum, step = (
            getattr(component, name) if value is None else value for name, value in wanted.items()
        )
        if minimum >= maximum or step <= 0:
            self._tell(
                f"{self.path.name}: {named.path}: its minimum, maximum and step make no range; they are ignored."
            )
            return
        component.minimum, component.maximum, component.step = minimum, maximum, step
        if is_number(component.value):
            component.value = min(max(component.value, minimum), maximum)

    def _apply_value(self, named: Named) -> None:
        component, value = named.component, self._said(named, "value")
        unsaid = self._recommended.get(component, component.value)
        if value is None or value == unsaid:
            return
        if self._apply_old_sampler(named, value):
            return
        try:
            component.value = checked_value(component, value)
        except InputError as error:
            self._refuse(named, "value", value, str(error))

    def _apply_old_sampler(self, named: Named, value: Any) -> bool:
        """Part the name of a sampler of A1111 1.8, which was one with that of its schedule."""
        schedule = self.first.get(named.path.replace("Sampling method", "Schedule type"))
        component = named.component
        if (
            not isinstance(component, gr.Dropdown)
            or schedule is None
            or schedule is named
            or not isinstance(value, str)
        ):
            return False
        name, schedule_label = sampler_and_schedule(value)
        sampler = SAMPLERS.find(name)
        if sampler and SCHEDULES.find(schedule_label) is SCHEDULES.find(sampler.automatic_schedule or ""):
            schedule_label = AUTOMATIC
        if value in choices_of(component) or name not in choices_of(component):
            return False
        component.value = name
        if self._said(schedule, "value") in (None, schedule.component.value):
            schedule.component.value = schedule_label
        return True

    def _refuse(self, named: Named, name: str, value: Any, wanted: str) -> None:
        said = shorten(json.dumps(value, ensure_ascii=False), 60)
        self._tell(f"{self.path.name}: {named.path}/{name} takes {wanted}, not {said}; it is ignored.")

    # --- writing ----------------------------------------------------------------------------------------------

    def save(self, values: Mapping[str, Any]) -> None:
        """Write values into the file, in which everything else stays.

        Raises:
            StorageError: it cannot be written.
        """
        self.stored = {**self._load(), **self.stored, **values}
        write_json(self.path, self.stored)

    def value_controls(self) -> list[Named]:
        """Return the controls that have a value."""
        return [named for named in self.first.values() if not isinstance(named.component, gr.Button)]

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Let the page begin with other values, from the next time on when it is built.

        Raises:
            StorageError: the file cannot be written.
        """
        self.save(values)
        self.begins |= values

    def changes(self, values: Iterable[Any]) -> dict[str, tuple[Any, Any]]:
        """Return what is otherwise in the page than it begins with: key, old and new value.

        Args:
            values: those of `value_controls`, in their order, as the browser sent them.
        """
        found: dict[str, tuple[Any, Any]] = {}
        for named, value in zip(self.value_controls(), values, strict=True):
            key = f"{named.path}/value"
            before = self.begins.get(key)
            try:
                after = checked_value(named.component, value)
            except InputError:
                continue
            if before != after and value is not None:
                found[key] = (before, after)
        return found
