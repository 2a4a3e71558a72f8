"""Rows of the left column: sampler, size and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.frontend.components.tool_button import tool_button


@dataclass(frozen=True)
class SamplerRow:
    sampler: gr.Dropdown
    schedule: gr.Dropdown
    steps: gr.Slider


@dataclass(frozen=True)
class SizeRow:
    width: gr.Slider
    height: gr.Slider
    batch_count: gr.Slider
    batch_size: gr.Slider


def slider(label: str, elem_id: str, limits: tuple[float, float, float], value: float, **kwargs: Any) -> gr.Slider:
    """Return a slider; `limits` are minimum, maximum and step."""
    minimum, maximum, step = limits
    return gr.Slider(
        minimum, maximum, value, step=step, label=label, elem_id=elem_id, interactive=True, buttons=[], **kwargs
    )


def create_sampler_row(
    tab: str, samplers: Sequence[str], schedules: Sequence[str], start: Mapping[str, Any]
) -> SamplerRow:
    """Lay out sampling method, schedule type and steps. `start` holds values to begin with, by request field."""
    with gr.Row(elem_id=f"sampler_selection_{tab}", elem_classes="sampler-row"):
        sampler = gr.Dropdown(
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


def create_size_row(tab: str, start: Mapping[str, Any]) -> SizeRow:
    """Lay out width and height with the button that swaps them, batch count and batch size."""
    with gr.Row(elem_id=f"{tab}_dimensions_row", elem_classes="dimensions-row"):
        with gr.Column(elem_id=f"{tab}_column_size", scale=4):
            width = slider("Width", f"{tab}_width", (64, 2048, 8), start.get("width", 512))
            height = slider("Height", f"{tab}_height", (64, 2048, 8), start.get("height", 512))
        tool_button("Swap width and height", "swap", f"{tab}_res_switch_btn")
        with gr.Column(elem_id=f"{tab}_column_batch", scale=3):
            batch_count = slider("Batch count", f"{tab}_batch_count", (1, 100, 1), 1)
            batch_size = slider("Batch size", f"{tab}_batch_size", (1, 8, 1), 1)
    return SizeRow(width, height, batch_count, batch_size)
