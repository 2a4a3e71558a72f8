"""The sub-tabs of img2img: one way each to give a picture, and perhaps to say what of it is repainted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from modules.core.option_store import OptionStore
from modules.frontend.components.canvas import Kind, create_canvas
from modules.frontend.components.img2img_batch import BatchControls, create_batch


@dataclass(frozen=True)
class Mode:
    """A sub-tab. The names are those of assets/javascript/img2img.js and of `canvas_pictures.MODES`.

    Attributes:
        name: in the page's messages.
        title: of the sub-tab.
        tab_id: its elem_id.
        canvases: elem_id, kind and label of each.
    """

    name: str
    title: str
    tab_id: str
    canvases: Sequence[tuple[str, Kind, str]]


MODES = (
    Mode("img2img", "img2img", "img2img_img2img_tab", [("img2img_image", "picture", "Picture")]),
    Mode("sketch", "Sketch", "img2img_img2img_sketch_tab", [("img2img_sketch", "colour", "Picture to sketch on")]),
    Mode("inpaint", "Inpaint", "img2img_inpaint_tab", [("img2maskimg", "mask", "Picture to inpaint")]),
    Mode(
        "inpaint_sketch",
        "Inpaint sketch",
        "img2img_inpaint_sketch_tab",
        [("inpaint_sketch", "colour", "Picture to sketch on and inpaint")],
    ),
    Mode(
        "inpaint_upload",
        "Inpaint upload",
        "img2img_inpaint_upload_tab",
        [("img_inpaint_base", "picture", "Picture"), ("img_inpaint_mask", "picture", "Mask: white is repainted")],
    ),
)
COPY_TARGETS = MODES[:4]


def create_modes(options: OptionStore, *, may_name_folders: bool) -> BatchControls:
    """Lay out the sub-tabs; the last one is that of batches.

    Args:
        options: with the colours of brushes.
        may_name_folders: of the machine that the program runs on.
    """
    with gr.Tabs(elem_id="mode_img2img"):
        for mode in MODES:
            with gr.Tab(mode.title, id=mode.name, elem_id=mode.tab_id):
                with gr.Row(elem_classes="canvas-row"):
                    for elem_id, kind, label in mode.canvases:
                        create_canvas(elem_id, kind, label, options)
                if mode in COPY_TARGETS:
                    _create_copy_row(mode)
        with gr.Tab("Batch", id="batch", elem_id="img2img_batch_tab"):
            return create_batch(may_name_folders=may_name_folders)


def _create_copy_row(source: Mode) -> None:
    with gr.Row(elem_id=f"img2img_copy_to_{source.name}", elem_classes="copy-row"):
        gr.HTML("Copy image to:", elem_id=f"img2img_label_copy_to_{source.name}", elem_classes=["copy-label"])
        for target in COPY_TARGETS:
            gr.Button(
                target.title.lower(),
                elem_id=f"img2img_copy_{source.name}_to_{target.name}",
                elem_classes=["copy-to"],
                interactive=target is not source,
                min_width=0,
                scale=0,
            )
