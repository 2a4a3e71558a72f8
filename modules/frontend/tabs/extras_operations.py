"""The controls of the Extras operations, each in an accordion, with A1111's labels and ids.

They are in the Extras tab, and those that a setting names in txt2img and img2img too, where ids begin with the tab.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.app.app import App
from modules.enhance.extras.captioning import CAPTION, WRITERS, CaptionValues
from modules.enhance.extras.chain import Operation, shown_operations
from modules.enhance.extras.cropping import AUTO_SIZE, FOCAL, SPLIT, AutoSizeValues, FocalValues, SplitValues
from modules.enhance.extras.faces import CODEFORMER, GFPGAN
from modules.enhance.extras.flipping import FLIP, FLIPS
from modules.enhance.extras.simple_upscale import SIMPLE_UPSCALE, SimpleUpscaleValues
from modules.enhance.extras.upscaling import UPSCALE
from modules.enhance.options import NOT_IN_EXTRAS, OPERATION_ORDER
from modules.enhance.upscalers import NO_UPSCALER, UPSCALERS
from modules.frontend.components.input_accordion import input_accordion
from modules.frontend.components.settings_rows import slider
from modules.frontend.components.tool_button import tool_button
from modules.frontend.fields import Field, read_value
from modules.frontend.tabs.events import QUICK
from modules.frontend.tabs.script_menu import script_value

log = logging.getLogger(__name__)

EXTRAS = "extras"
SHARE = (0, 1, 0.001)
STEPS = (0, 1, 0.05)
WEIGHT_LABEL = "Weight (0 = maximum effect, 1 = minimum effect)"


@dataclass(frozen=True)
class OperationControls:
    """One operation on the page: its checkbox, and a row of the table for each of its values."""

    operation: Operation
    enabled: gr.Checkbox
    fields: Sequence[Field]


@dataclass(frozen=True)
class Place:
    """Where the controls are.

    Attributes:
        tab: "extras", "txt2img" or "img2img".
    """

    tab: str = EXTRAS

    def __call__(self, elem_id: str) -> str:
        """Return the id that a control of the Extras tab has here."""
        return elem_id if self.tab == EXTRAS else f"{self.tab}_{elem_id}"


def create_operation(operation: Operation, tab: str = EXTRAS) -> OperationControls | None:
    """Lay out an operation; None for one that has no controls here."""
    if operation.script is not None:
        return create_script(operation, tab)
    layout = LAYOUTS.get(operation.name)
    if layout is None:
        return None
    elem_id, create = layout
    place = Place(tab)
    with input_accordion(operation.name, place(elem_id), enabled=operation is UPSCALE and tab == EXTRAS) as head:
        fields = create(place)
    return OperationControls(operation, head.enabled, fields)


def create_script(operation: Operation, tab: str) -> OperationControls:
    """Lay out the controls that a script makes by itself; what it raises is told in the log, and it has none then."""
    elem_id = f"{tab}_script_{re.sub(r'[^a-z0-9]+', '_', operation.name.lower())}"
    controls: Mapping[str, Any] = {}
    with gr.Column(elem_id=elem_id, elem_classes="script-controls") as group:
        enabled = gr.Checkbox(True, label=operation.name, elem_id=f"{elem_id}_is_there", visible="hidden")
        try:
            controls = operation.script.ui() or {}
        except Exception:
            log.exception("The controls of the script %s could not be made", operation.name)
    operation.script.controls, operation.script.group = controls, group
    return OperationControls(operation, enabled, [Field(name, control) for name, control in controls.items()])


def make_detached_operations(app: App) -> None:
    """Make the controls of the scripts among the operations outside any page, for a program that has none."""
    with gr.Blocks(analytics_enabled=False):
        for operation in shown_operations(app.options[OPERATION_ORDER], app.options[NOT_IN_EXTRAS]):
            if operation.script is not None:
                create_script(operation, EXTRAS)


def _create_upscale(place: Place) -> list[Field]:
    with gr.Tabs(elem_id=place("extras_resize_mode"), elem_classes="small-tabs"):
        with gr.Tab("Scale by", id="by", elem_id=place("extras_scale_by_tab")) as by:
            factor = slider("Resize", place("extras_upscaling_resize"), (1, 8, 0.05), 4)
            max_side = gr.Number(
                0,
                label="Max side length",
                precision=0,
                minimum=0,
                elem_id=place("extras_upscale_max_side_length"),
                interactive=True,
            )
        with gr.Tab("Scale to", id="to", elem_id=place("extras_scale_to_tab")) as to, gr.Row(elem_classes="resize-to"):
            with gr.Column(elem_id=place("upscaling_column_size"), elem_classes="resize-sides"):
                width = slider("Width", place("extras_upscaling_resize_w"), (64, 8192, 8), 512)
                height = slider("Height", place("extras_upscaling_resize_h"), (64, 8192, 8), 512)
                crop = gr.Checkbox(
                    True, label="Crop to fit", elem_id=place("extras_upscaling_crop"), container=False, interactive=True
                )
            with gr.Column(
                elem_id=place("upscaling_dimensions_row"), elem_classes="resize-tools", scale=0, min_width=30
            ):
                swap = tool_button("Swap width and height", "swap", place("upscaling_res_switch_btn"))
    first, second = (
        gr.Dropdown(
            UPSCALERS.names(),
            value=NO_UPSCALER,
            label=f"Upscaler {number}",
            elem_id=place(f"extras_upscaler_{number}"),
            elem_classes=["one-line"],
            interactive=True,
        )
        for number in (1, 2)
    )
    visibility = slider("Upscaler 2 visibility", place("extras_upscaler_2_visibility"), SHARE, 0)
    modes: list[Field] = []
    if place.tab != EXTRAS:  # in the Extras tab the page's scripts see to these two
        to_size = gr.Checkbox(False, label="Scale to", elem_id=place("extras_scale_to"), visible="hidden")
        by.select(None, outputs=[to_size], js="() => [false]", **QUICK)
        to.select(None, outputs=[to_size], js="() => [true]", **QUICK)
        swap.click(None, inputs=[width, height], outputs=[width, height], js="(w, h) => [h, w]", **QUICK)
        modes = [Field("to_size", to_size)]
    return [
        *modes,
        Field("factor", factor),
        Field("max_side", max_side, empty=0),
        Field("width", width),
        Field("height", height),
        Field("crop", crop),
        Field("upscaler_1", first, choices=UPSCALERS.names),
        Field("upscaler_2", second, choices=UPSCALERS.names),
        Field("upscaler_2_visibility", visibility),
    ]


def _create_gfpgan(place: Place) -> list[Field]:
    return [Field("visibility", slider("Visibility", place("extras_gfpgan_visibility"), SHARE, 1))]


def _create_codeformer(place: Place) -> list[Field]:
    return [
        Field("visibility", slider("Visibility", place("extras_codeformer_visibility"), SHARE, 1)),
        Field("weight", slider(WEIGHT_LABEL, place("extras_codeformer_weight"), SHARE, 0)),
    ]


def _create_split(place: Place) -> list[Field]:
    start = SplitValues()
    return [
        Field("threshold", slider("Threshold", place("postprocess_split_threshold"), STEPS, start.threshold)),
        Field("overlap", slider("Overlap ratio", place("postprocess_overlap_ratio"), (0, 0.9, 0.05), start.overlap)),
    ]


def _create_focal(place: Place) -> list[Field]:
    start = FocalValues()
    weights = (("faces", "face", start.faces), ("entropy", "entropy", start.entropy), ("edges", "edges", start.edges))
    fields = [
        Field(name, slider(f"Focal point {said} weight", place(f"postprocess_focal_crop_{said}_weight"), STEPS, value))
        for name, said, value in weights
    ]
    debug = gr.Checkbox(
        False,
        label="Create debug image",
        elem_id=place("train_process_focal_crop_debug"),
        container=False,
        interactive=True,
    )
    return [*fields, Field("debug", debug)]


def _create_auto_size(place: Place) -> list[Field]:
    start = AutoSizeValues()
    side, area = (64, 2048, 8), (64 * 64, 2048 * 2048, 1)
    prefix = place("postprocess_multicrop")
    return [
        Field("smallest_side", slider("Dimension lower bound", f"{prefix}_mindim", side, start.smallest_side)),
        Field("largest_side", slider("Dimension upper bound", f"{prefix}_maxdim", side, start.largest_side)),
        Field("smallest_area", slider("Area lower bound", f"{prefix}_minarea", area, start.smallest_area)),
        Field("largest_area", slider("Area upper bound", f"{prefix}_maxarea", area, start.largest_area)),
        Field(
            "objective",
            gr.Radio(
                ["Maximize area", "Minimize error"],
                value=start.objective,
                label="Resizing objective",
                elem_id=f"{prefix}_objective",
                interactive=True,
            ),
        ),
        Field("error", slider("Error threshold", f"{prefix}_threshold", (0, 1, 0.01), start.error)),
    ]


def _create_flips(place: Place) -> list[Field]:
    flips = gr.CheckboxGroup(
        list(FLIPS), value=["Horizontal"], label="Create", elem_id=place("postprocess_flipped_copies"), interactive=True
    )
    return [Field("flips", flips, read=lambda value: tuple(value or ()))]


def _create_caption(place: Place) -> list[Field]:
    writers = gr.CheckboxGroup(
        list(WRITERS),
        value=list(CaptionValues().writers),
        label="Caption by",
        info="Written into a text file beside the picture: tags, then a sentence.",
        elem_id=place("postprocess_caption_method"),
        interactive=True,
    )
    return [Field("writers", writers, read=lambda value: tuple(value or ()))]


def _create_simple_upscale(place: Place) -> list[Field]:
    start = SimpleUpscaleValues()
    upscaler = gr.Dropdown(
        UPSCALERS.names(),
        value=start.upscaler,
        label="Upscaler",
        elem_id=place("extras_simple_upscaler"),
        elem_classes=["one-line"],
        interactive=True,
    )
    factor = slider("Upscale by", place("extras_simple_upscale_by"), (0.05, 8, 0.05), start.factor)
    return [Field("upscaler", upscaler, choices=UPSCALERS.names), Field("factor", factor)]


LAYOUTS: dict[str, tuple[str, Callable[[Place], list[Field]]]] = {
    SIMPLE_UPSCALE.name: ("extras_simple_upscale", _create_simple_upscale),
    UPSCALE.name: ("extras_upscale", _create_upscale),
    GFPGAN.name: ("extras_gfpgan", _create_gfpgan),
    CODEFORMER.name: ("extras_codeformer", _create_codeformer),
    SPLIT.name: ("extras_split", _create_split),
    FOCAL.name: ("extras_focal_crop", _create_focal),
    AUTO_SIZE.name: ("extras_autosized_crop", _create_auto_size),
    FLIP.name: ("extras_flipped_copies", _create_flips),
    CAPTION.name: ("extras_caption", _create_caption),
}
"""By operation: its id, and what makes its controls."""


def whole_if_possible(value: Any) -> Any:
    """Return a number without a part behind the point as a whole one, as people and infotexts write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def values_of(controls: OperationControls, values: Sequence[Any], **more: Any) -> Any:
    """Return the values of an operation, as the page or the API gives them in the order of its fields.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such upscaler.
    """
    if controls.operation.script is not None:
        pairs = zip(controls.fields, values, strict=True)
        return {field.name: script_value(field.component, value) for field, value in pairs}
    pairs = zip(controls.fields, values, strict=True)
    arguments = {field.name: whole_if_possible(read_value(field, value)) for field, value in pairs}
    return controls.operation.values(**arguments, **more)
