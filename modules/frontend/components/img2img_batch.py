"""The sub-tab Batch of img2img: many files, by upload or from a folder of the machine the program runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.components.base import Component

from modules.frontend.gradio_internals import closed_accordion
from modules.generation.img2img_batch import PROPERTIES

TAKEN_AT_FIRST = ("Prompt", "Negative prompt")
HINT = (
    "Every picture in a folder of the machine the program runs on, and in the folders below it, is made into another "
    "one. Masks go by the picture's name; a single mask is for all."
)


@dataclass(frozen=True)
class BatchControls:
    """Those of a whole batch; the others of the tab count for each of its files."""

    upload: gr.File
    masks: gr.File
    input_folder: gr.Textbox
    output_folder: gr.Textbox
    mask_folder: gr.Textbox
    uses_parameters: gr.Checkbox
    parameters_folder: gr.Textbox
    properties: gr.CheckboxGroup

    @property
    def typed(self) -> Sequence[Component]:
        """What the browser may put back when the page is loaded again."""
        folders = [self.input_folder, self.output_folder, self.mask_folder]
        return [*folders, self.uses_parameters, self.parameters_folder, self.properties]

    @property
    def all(self) -> Sequence[Component]:
        """In the order of `batch_input.BatchValues`."""
        return [self.upload, self.masks, *self.typed]


def create_batch(*, may_name_folders: bool) -> BatchControls:
    """Lay out the sub-tab.

    Args:
        may_name_folders: else only uploads are possible.
    """
    with gr.Tabs(elem_id="img2img_batch_source", elem_classes="small-tabs"):
        with (
            gr.Tab("Upload", id="batch_upload", elem_id="img2img_batch_upload_tab"),
            gr.Row(elem_classes="batch-files"),
        ):
            upload = _files("Pictures", "img2img_batch_upload")
            masks = _files("Masks (may be left empty)", "img2img_batch_mask_upload")
        with gr.Tab(
            "From directory", id="batch_from_dir", elem_id="img2img_batch_from_dir_tab", visible=may_name_folders
        ):
            gr.HTML(f"<p>{HINT}</p>", elem_id="img2img_batch_hint", elem_classes=["quiet-line"])
            input_folder = _folder("Input directory", "img2img_batch_input_dir", "the pictures", may_name_folders)
            output_folder = _folder(
                "Output directory",
                "img2img_batch_output_dir",
                "empty saves as usual; else results keep the files' names",
                may_name_folders,
            )
            mask_folder = _folder(
                "Inpaint batch mask directory",
                "img2img_batch_inpaint_mask_dir",
                "empty repaints everything",
                may_name_folders,
            )
    with closed_accordion("PNG info", elem_id="img2img_batch_png_info"):
        uses_parameters = gr.Checkbox(
            False, label="Append png info to prompts", elem_id="img2img_batch_use_png_info", interactive=True
        )
        parameters_folder = _folder(
            "PNG info directory",
            "img2img_batch_png_info_dir",
            "empty reads each picture itself; else the file of the same name there",
            may_name_folders,
        )
        properties = gr.CheckboxGroup(
            list(PROPERTIES),
            value=list(TAKEN_AT_FIRST),
            label="Parameters to take from png info",
            elem_id="img2img_batch_png_info_props",
            interactive=True,
        )
    return BatchControls(
        upload, masks, input_folder, output_folder, mask_folder, uses_parameters, parameters_folder, properties
    )


def _files(label: str, elem_id: str) -> gr.File:
    return gr.File(label=label, elem_id=elem_id, file_count="multiple", interactive=True, elem_classes=["file-drop"])


def _folder(label: str, elem_id: str, placeholder: str, visible: bool) -> gr.Textbox:
    return gr.Textbox(
        label=label,
        elem_id=elem_id,
        placeholder=placeholder,
        lines=1,
        max_lines=1,
        interactive=True,
        visible=True if visible else "hidden",
    )
