"""The controls of scripts: those that are always there, and the menu of the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.app.script_call import ScriptCall
from modules.core.errors import InputError
from modules.frontend.fields import Field
from modules.generation.from_infotext import Recipe
from modules.plugins.runner import ScriptRunner
from modules.plugins.script import Script

log = logging.getLogger(__name__)

NO_SCRIPT = "None"
SCRIPT_PARAMETER = "Script"
"""In an infotext: the entry of the menu that made the picture."""


class ScriptMenu:
    """The scripts of a tab while it is laid out, and afterwards what joins them with its jobs.

    Args:
        app: the program.
        tab: which one.
    """

    def __init__(self, app: App, tab: str) -> None:
        self.tab = tab
        self.runner: ScriptRunner = app.make_script_runner(tab)
        self._groups: list[gr.Column] = []

    def create_section(self, section: str | None) -> None:
        """Make the controls of scripts that are always there and belong into a part of the tab; None is the rest."""
        for script in self.runner.alwayson_scripts:
            if script.controls is None and section in (None, script.section):
                with gr.Column(elem_classes="script-controls") as group:
                    self._make(script, group)
                group.visible = bool(script.controls)

    @property
    def sections_left(self) -> list[str]:
        """The parts of the tab that scripts name and that were not made yet."""
        left = (script.section for script in self.runner.alwayson_scripts if script.controls is None)
        return list(dict.fromkeys(section for section in left if section))

    def create(self) -> None:
        """Make the rest of the scripts that are always there, then the menu."""
        self.create_section(None)
        titles = [NO_SCRIPT, *self.runner.titles]
        menu = gr.Dropdown(
            titles,
            value=NO_SCRIPT,
            label="Script",
            type="index",
            elem_id=f"{self.tab}_script_list",
            elem_classes="script-list",
            interactive=True,
        )
        self.runner.inputs[0] = menu
        for script in self.runner.selectable_scripts:
            with gr.Column(visible=False, elem_classes="script-controls") as group:
                self._make(script, group)
            self._groups.append(group)
        if self._groups:
            menu.change(
                self._show_chosen,
                inputs=[menu],
                outputs=self._groups,
                preprocess=False,
                queue=False,
                show_progress="hidden",
                api_visibility="private",
            )

    def _show_chosen(self, chosen: str) -> Any:
        updates = [gr.update(visible=script.title() == chosen) for script in self.runner.selectable_scripts]
        return updates if len(updates) > 1 else updates[0]

    def _make(self, script: Script, group: Any) -> None:
        """Make a script's controls; what it raises is told in the log, and it has none then."""
        controls: list[Any] = []
        try:
            script.group = group
            group.custom_script_source = Path(script.filename or "").name  # type: ignore[attr-defined]
            controls = list(script.ui(self.runner.is_img2img) or ())
        except Exception:
            log.exception("The controls of the script %s could not be made", script.title())
        self.runner.add_controls(script, controls)

    @property
    def fields(self) -> list[Field]:
        """The rows of the tab's table for scripts: the menu first, in the order of the values."""
        pasted = {id(component): label for component, label in self.runner.infotext_fields}
        rows = [Field("", self.runner.inputs[0], self._pasted_choice)]
        for component in self.runner.inputs[1:]:
            label = pasted.get(id(component))
            rows.append(Field("", component, (lambda _recipe: None) if label is None else reader(label)))
        return rows

    def _pasted_choice(self, recipe: Recipe) -> str:
        """Return the entry that an infotext names, or else the one whose values are all written there."""
        if SCRIPT_PARAMETER in recipe.written:
            return recipe.written[SCRIPT_PARAMETER]
        for script in self.runner.selectable_scripts:
            labels = [label for _, label in script.infotext_fields or ()]
            if labels and all(isinstance(label, str) and label in recipe.written for label in labels):
                return script.title()
        return NO_SCRIPT

    def call(self, values: Sequence[Any]) -> ScriptCall:
        """Return the scripts with the values of their controls as the browser sent them, in the order of `fields`.

        Raises:
            InputError: a value that its control cannot hold.
        """
        controls = zip(self.runner.inputs, values, strict=True)
        return ScriptCall(self.runner, [script_value(component, value) for component, value in controls])


def reader(label: Any) -> Any:
    """Return how a control's value is found in an infotext: by its label, or by the script's own function."""

    def read(recipe: Recipe) -> Any:
        return label(dict(recipe.written)) if callable(label) else recipe.written.get(label)

    return read


def script_value(component: Component, value: Any) -> Any:
    """Return a control's value as a script gets it.

    Raises:
        InputError: a value that it cannot hold.
    """
    if isinstance(component, gr.Dropdown) and component.type == "value":
        return value  # its choices may have been changed on the way
    try:
        if component.data_model is not None and value is not None:
            value = component.data_model.model_validate(value)
        return component.preprocess(value)
    except Exception as error:
        raise InputError(f"{getattr(component, 'label', None) or 'A control'}: {error!s:.200}") from error


def make_detached_controls(app: App) -> None:
    """Make the controls of all scripts outside any page, for a program that has none."""
    for tab in ("txt2img", "img2img"):
        with gr.Blocks(analytics_enabled=False):
            ScriptMenu(app, tab).create()
