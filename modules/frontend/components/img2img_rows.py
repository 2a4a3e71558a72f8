"""Rows of the left column that only img2img has: resize mode, controls of inpainting, the size in two sub-tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.frontend.components.settings_rows import Batch, SizeRow, slider
from modules.frontend.components.tool_button import tool_button
from modules.generation.img2img_request import MASKED_CONTENTS

RESIZE_MODES = ("Just resize", "Crop and resize", "Resize and fill", "Just resize (latent upscale)")
MASK_MODES = ("Inpaint masked", "Inpaint not masked")
AREAS = ("Whole picture", "Only masked")
IMAGE_CFG_SCALE = 1.5


@dataclass(frozen=True)
class InpaintControls:
    blur: gr.Slider
    transparency: gr.Slider
    mask_mode: gr.Radio
    content: gr.Radio
    area: gr.Radio
    padding: gr.Slider


@dataclass(frozen=True)
class Img2ImgSize:
    """Attributes: rows: as in txt2img; scale: counts while its sub-tab is chosen."""

    rows: SizeRow
    scale: gr.Slider


def radio(label: str, elem_id: str, choices: tuple[str, ...], value: str) -> gr.Radio:
    """Return a group of which one is chosen."""
    return gr.Radio(list(choices), value=value, label=label, elem_id=elem_id, interactive=True)


def create_inpaint_controls(create_more: Callable[[], None]) -> InpaintControls:
    """Lay out the controls of inpainting, and more below; the style sheet hides them where nothing is masked."""
    with gr.Column(elem_id="inpaint_controls", elem_classes="inpaint-controls"):
        blur = slider("Mask blur", "img2img_mask_blur", (0, 64, 1), 4)
        transparency = slider("Mask transparency", "img2img_mask_alpha", (0, 100, 1), 0)
        mask_mode = radio("Mask mode", "img2img_mask_mode", MASK_MODES, MASK_MODES[0])
        content = radio("Masked content", "img2img_inpainting_fill", MASKED_CONTENTS, "original")
        area = radio("Inpaint area", "img2img_inpaint_full_res", AREAS, AREAS[0])
        padding = slider("Only masked padding, pixels", "img2img_inpaint_full_res_padding", (0, 256, 4), 32)
        create_more()
    return InpaintControls(blur, transparency, mask_mode, content, area, padding)


@dataclass(frozen=True)
class CfgScales:
    """Attributes: picture_row: holds `picture`; not seen at first."""

    prompt: gr.Slider
    picture: gr.Slider
    picture_row: gr.Column


def create_cfg_scales(tab: str, start: Mapping[str, Any]) -> CfgScales:
    """Lay out the scales of the prompt and of the picture; the second is for InstructPix2Pix checkpoints alone."""
    prompt = slider("CFG Scale", f"{tab}_cfg_scale", (1, 30, 0.5), start.get("cfg_scale", 7))
    with gr.Column(visible=False, elem_id=f"{tab}_image_cfg_scale_row") as row:
        picture = slider("Image CFG Scale", f"{tab}_image_cfg_scale", (0, 3, 0.05), IMAGE_CFG_SCALE)
    return CfgScales(prompt, picture, row)


def create_img2img_size(tab: str, start: Mapping[str, Any], batch: Batch) -> Img2ImgSize:
    """Lay out the size, as two numbers or as a factor, and the batch if it stands beside it."""
    with gr.Row(elem_id=f"{tab}_dimensions_row", elem_classes="dimensions-row with-tabs"):
        with (
            gr.Column(elem_id=f"{tab}_column_size", scale=4),
            gr.Tabs(elem_id=f"{tab}_tabs_resize", elem_classes="small-tabs"),
        ):
            with gr.Tab("Resize to", id="to", elem_id=f"{tab}_tab_resize_to"), gr.Row(elem_classes="resize-to"):
                with gr.Column(elem_classes="resize-sides"):
                    width = slider("Width", f"{tab}_width", (64, 2048, 8), start.get("width", 512))
                    height = slider("Height", f"{tab}_height", (64, 2048, 8), start.get("height", 512))
                with gr.Column(elem_classes="resize-tools", scale=0, min_width=30):
                    tool_button("Swap width and height", "swap", f"{tab}_res_switch_btn")
                    tool_button("Take the picture's size", "measure", f"{tab}_detect_image_size_btn")
            with gr.Tab("Resize by", id="by", elem_id=f"{tab}_tab_resize_by"):
                scale = slider("Scale", f"{tab}_scale", (0.05, 4, 0.05), 1)
                gr.HTML("", elem_id=f"{tab}_scale_resolution_preview", elem_classes=["quiet-line"])
        batch.place_beside_size()
    return Img2ImgSize(SizeRow(width, height), scale)
