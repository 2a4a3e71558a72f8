"""The controls of an axis of a plot: its type, its values as a text or in a menu, and the button that takes all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from modules.core.errors import InputError
from modules.frontend.components.tool_button import tool_button
from modules.generation.axes import AxisOption, str_permutations
from modules.generation.axis_plot import TITLE
from modules.generation.axis_values import join_list, split_list

AxisControls = tuple[gr.Dropdown, gr.Textbox, gr.Dropdown, gr.Button]
"""Type, text, menu and fill button."""

PLACEHOLDERS: dict[Any, str] = {
    int: "1, 2, 3 or 1-5 or 1-9(+2) or 1-10 [4]",
    float: "1, 2.5 or 0-1(+0.25) or 0-1 [5]",
    str_permutations: "words of the prompt: all their orders are made",
}


def placeholder(option: AxisOption) -> str:
    """Return what an empty text says of the values."""
    if option.label == "Prompt S/R":
        return "a word of the prompt, then what is put in its place"
    return PLACEHOLDERS.get(option.type, "" if option.choices is None else "one, another, a third")


def show_choices(option: AxisOption, text: str, chosen: Sequence[str] | None, as_text: bool) -> tuple[Any, Any, Any]:
    """Return how fill button, text and menu of an axis look for an option."""
    if option.choices is None or option.label == "Nothing":
        shown = gr.update(visible=option.label != "Nothing", placeholder=placeholder(option))
        return gr.update(visible=False), shown, gr.update(visible=False)
    choices = list(option.choices())
    try:
        written = split_list(text or "")
    except InputError:
        written = []
    known = [value for value in chosen or () if value in choices] or [value for value in written if value in choices]
    if as_text:
        shown = gr.update(visible=True, placeholder=placeholder(option))
        if known:
            shown["value"] = join_list(known)
        return gr.update(visible=True), shown, gr.update(visible=False)
    menu = gr.update(visible=True, choices=choices)
    if known or chosen:  # else the values of a pasted infotext may be on their way
        menu["value"] = known
    return gr.update(visible=True), gr.update(visible=False), menu


def fill(option: AxisOption, as_text: bool) -> tuple[Any, Any]:
    """Return all values of an option, for its text and for its menu."""
    choices = list(option.choices()) if option.choices else []
    return (join_list(choices), gr.update()) if as_text else (gr.update(), choices)


def paste_fields(
    axis: AxisControls, letter: str, options: Sequence[AxisOption]
) -> list[tuple[Any, Callable[[dict[str, str]], Any]]]:
    """Return how an axis is set from the infotext of a plot; an axis that it does not name has nothing on it."""
    kind, text, menu, _ = axis

    def of_plot(parameters: dict[str, str], name: str, otherwise: str) -> str | None:
        return parameters.get(name, otherwise) if parameters.get("Script") == TITLE else None

    def chosen(parameters: dict[str, str]) -> Any:
        label, written = of_plot(parameters, f"{letter} Type", ""), of_plot(parameters, f"{letter} Values", "")
        option = next((option for option in options if option.label == label), None)
        if option is None or option.choices is None:
            return None
        return gr.update(choices=list(option.choices()), value=split_list(written or ""))

    return [
        (kind, lambda parameters: of_plot(parameters, f"{letter} Type", "Nothing")),
        (text, lambda parameters: of_plot(parameters, f"{letter} Values", "")),
        (menu, chosen),
    ]


def make_axis_row(
    letter: str, options: Sequence[AxisOption], default: int, elem_id: Callable[[str], str]
) -> AxisControls:
    """Make type, text, menu and fill button of an axis.

    Args:
        letter: X, Y or Z.
        options: what the type offers.
        default: which of them is chosen at first.
        elem_id: f(name) -> the id of a control of the script.
    """
    small, shown = letter.lower(), options[default]
    with gr.Row():
        kind = gr.Dropdown(
            label=f"{letter} type", choices=[option.label for option in options], value=shown.label,
            type="index", elem_id=elem_id(f"{small}_type"),
        )  # fmt: skip
        text = gr.Textbox(
            label=f"{letter} values", lines=1, visible=shown.label != "Nothing", scale=2,
            placeholder=placeholder(shown), elem_id=elem_id(f"{small}_values"),
        )  # fmt: skip
        menu = gr.Dropdown(
            label=f"{letter} values", choices=[], visible=False, multiselect=True, allow_custom_value=True, scale=2,
            elem_id=elem_id(f"{small}_values_dropdown"),
        )  # fmt: skip
        button = tool_button("Take all values", "paste", f"xyz_grid_fill_{small}_tool_button", visible=False)
    return kind, text, menu, button


def connect_axis(axis: AxisControls, as_text: gr.Checkbox, options: Sequence[AxisOption]) -> None:
    """Let text and menu of an axis follow its type and the choice between the two."""
    kind, text, menu, button = axis
    for changed in (kind, as_text):
        changed.change(
            lambda number, written, chosen, plain: show_choices(options[number or 0], written, chosen, plain),
            inputs=[kind, text, menu, as_text], outputs=[button, text, menu], show_progress="hidden",
        )  # fmt: skip
    button.click(
        lambda number, plain: fill(options[number or 0], plain),
        inputs=[kind, as_text], outputs=[text, menu], show_progress="hidden",
    )  # fmt: skip


def make_swap_button(
    one: str, other: str, first: AxisControls, second: AxisControls, options: Sequence[AxisOption]
) -> None:
    """Make the button that swaps what two axes show."""
    labels = [option.label for option in options]
    button = gr.Button(f"Swap {one}/{other} axes", size="sm", elem_id=f"{one}{other}_grid_swap_axes_button".lower())

    def swap(*values: Any) -> list[Any]:
        kinds = [labels[values[3]], labels[values[0]]]
        return [kinds[0], values[4], values[5], kinds[1], values[1], values[2]]

    both = [*first[:3], *second[:3]]
    button.click(swap, inputs=both, outputs=both, show_progress="hidden")
