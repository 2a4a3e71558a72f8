"""Rows of the left column: sampler, size and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.frontend.components.tool_button import tool_button


@dataclass(frozen=True)
class SamplerRow:
    sampler: gr.Dropdown | gr.Radio
    schedule: gr.Dropdown
    steps: gr.Slider


@dataclass(frozen=True)
class Batch:
    """Both sliders, in a column that stands beside the size or apart from it."""

    column: gr.Column
    beside_size: bool
    count: gr.Slider
    size: gr.Slider

    def place_beside_size(self) -> None:
        if self.beside_size:
            self.column.render()

    def place_apart(self) -> None:
        if not self.beside_size:
            self.column.render()


@dataclass(frozen=True)
class SizeRow:
    width: gr.Slider
    height: gr.Slider


def slider(label: str, elem_id: str, limits: tuple[float, float, float], value: float, **kwargs: Any) -> gr.Slider:
    """Return a slider; `limits` are minimum, maximum and step."""
    minimum, maximum, step = limits
    return gr.Slider(
        minimum, maximum, value, step=step, label=label, elem_id=elem_id, interactive=True, buttons=[], **kwargs
    )


def create_sampler_row(
    tab: str, samplers: Sequence[str], schedules: Sequence[str], start: Mapping[str, Any], *, as_menu: bool = True
) -> SamplerRow:
    """Lay out sampling method, schedule type and steps.

    Args:
        tab: what the elem_ids begin with.
        samplers: to choose from.
        schedules: to choose from.
        start: values to begin with, by request field.
        as_menu: else the samplers are all in sight.
    """
    with gr.Row(elem_id=f"sampler_selection_{tab}", elem_classes="sampler-row" if as_menu else "sampler-group"):
        sampler = (gr.Dropdown if as_menu else gr.Radio)(
            list(samplers),
            value=start.get("sampler_name", default_sampler(samplers)),
            label="Sampling method",
            elem_id=f"{tab}_sampling",
            interactive=True,
        )
        schedule = gr.Dropdown(
            list(schedules),
            value=start.get("scheduler", schedules[0]),
            label="Schedule type",
            elem_id=f"{tab}_scheduler",
            interactive=True,
        )
    steps = slider("Sampling steps", f"{tab}_steps", (1, 150, 1), start.get("steps", 20))
    return SamplerRow(sampler, schedule, steps)


def default_sampler(samplers: Sequence[str]) -> str:
    """Return A1111's default, or the first there is."""
    return "DPM++ 2M" if "DPM++ 2M" in samplers else samplers[0]


def create_checkboxes(tab: str, *, restore_faces: bool, tiling: bool) -> tuple[gr.Checkbox, gr.Checkbox]:
    """Lay out the checkboxes: Restore faces, Tiling."""
    with gr.Row(elem_id=f"{tab}_checkboxes", elem_classes="checkboxes-row"):
        return (
            _checkbox("Restore faces", f"{tab}_restore_faces", restore_faces),
            _checkbox("Tiling", f"{tab}_tiling", tiling),
        )


def _checkbox(label: str, elem_id: str, value: bool) -> gr.Checkbox:
    return gr.Checkbox(value, label=label, elem_id=elem_id, container=False, interactive=True, min_width=0, scale=0)


def make_batch(tab: str, *, beside_size: bool = True) -> Batch:
    """Return batch count and batch size without a place."""
    classes = ["batch-column"] if beside_size else ["batch-column", "apart"]
    with gr.Column(elem_id=f"{tab}_column_batch", elem_classes=classes, scale=3, render=False) as column:
        count = slider("Batch count", f"{tab}_batch_count", (1, 100, 1), 1)
        size = slider("Batch size", f"{tab}_batch_size", (1, 8, 1), 1)
    return Batch(column, beside_size, count, size)


def create_size_row(tab: str, start: Mapping[str, Any], batch: Batch) -> SizeRow:
    """Lay out width and height with the button that swaps them, and the batch if it stands beside them."""
    with gr.Row(elem_id=f"{tab}_dimensions_row", elem_classes="dimensions-row"):
        with gr.Column(elem_id=f"{tab}_column_size", scale=4):
            width = slider("Width", f"{tab}_width", (64, 2048, 8), start.get("width", 512))
            height = slider("Height", f"{tab}_height", (64, 2048, 8), start.get("height", 512))
        tool_button("Swap width and height", "swap", f"{tab}_res_switch_btn")
        batch.place_beside_size()
    return SizeRow(width, height)
