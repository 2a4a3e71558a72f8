"""The Extras tab: its controls, and what is made of their values."""

import json
from pathlib import Path

import gradio as gr
import pytest

from modules.app.app import build_app
from modules.core.errors import InputError, UnknownNameError
from modules.core.flags import Flags
from modules.enhance.extras.chain import shown_operations
from modules.enhance.extras.flipping import FlipValues
from modules.enhance.extras.upscaling import UpscaleValues
from modules.frontend.tabs.extras import (
    BATCH,
    DIRECTORY,
    SINGLE,
    create_tab,
    read_chosen,
    read_operations,
    read_sources,
)
from modules.frontend.tabs.extras_operations import create_operation

A1111_IDS = """
extras_image extras_image_batch extras_batch_input_dir extras_batch_output_dir extras_show_extras_results mode_extras
extras_single_tab extras_batch_process_tab extras_batch_directory_tab extras_resize_mode extras_scale_by_tab
extras_scale_to_tab extras_upscaling_resize extras_upscale_max_side_length extras_upscaling_resize_w
extras_upscaling_resize_h upscaling_res_switch_btn extras_upscaling_crop extras_upscaler_1 extras_upscaler_2
extras_upscaler_2_visibility extras_gfpgan_visibility extras_codeformer_visibility extras_codeformer_weight
postprocess_split_threshold postprocess_overlap_ratio postprocess_focal_crop_face_weight
postprocess_focal_crop_entropy_weight postprocess_focal_crop_edges_weight train_process_focal_crop_debug
postprocess_multicrop_mindim postprocess_multicrop_maxdim postprocess_multicrop_minarea postprocess_multicrop_maxarea
postprocess_multicrop_objective postprocess_multicrop_threshold extras_generate extras_interrupt extras_skip
extras_interrupting extras_gallery extras_open_folder extras_send_to_img2img extras_send_to_inpaint
extras_send_to_extras html_info_extras html_log_extras
"""


@pytest.fixture
def app(tmp_path):
    return build_app(Flags(data_dir=tmp_path, use_cpu=("all",)))


@pytest.fixture
def controls(app):
    with gr.Blocks(analytics_enabled=False):
        made = [create_operation(entry) for entry in shown_operations([], [])]
    assert all(made), "every operation has its controls"
    return made


def values_of(controls, **changed):
    """The values with which the page begins, as the browser sends them."""
    values = []
    for control in controls:
        values.append(changed.get(control.operation.name.split()[0], control.enabled.value))
        values += [changed.get(field.component.elem_id, field.component.value) for field in control.fields]
    return values


def test_a1111s_ids_are_there(app):
    ids = {block.elem_id for block in create_tab(app).blocks.blocks.values() if getattr(block, "elem_id", None)}
    assert set(A1111_IDS.split()) <= ids


def test_settings_hide_and_order_operations(app):
    app.set_options({"postprocessing_disable_in_extras": ["GFPGAN"]})
    ids = {getattr(block, "elem_id", None) for block in create_tab(app).blocks.blocks.values()}
    assert "extras_gfpgan_visibility" not in ids and "extras_codeformer_visibility" in ids


def test_at_first_only_upscale_is_on_with_a1111s_values(controls):
    wanted = read_operations(controls, values_of(controls), to_size=False)
    assert wanted == {"Upscale": UpscaleValues(factor=4, upscaler_1="None")}


def test_what_is_ticked_counts(controls):
    values = values_of(
        controls,
        Upscale=False,
        GFPGAN=True,
        Create=True,
        extras_gfpgan_visibility=0.5,
        postprocess_flipped_copies=["Both"],
    )
    wanted = read_operations(controls, values, to_size=True)
    assert wanted["GFPGAN"].visibility == 0.5
    assert wanted["Create flipped copies"] == FlipValues(("Both",))
    assert set(wanted) == {"GFPGAN", "Create flipped copies"}


def test_the_open_panel_says_whether_a_size_is_meant(controls):
    values = values_of(controls, extras_upscaler_1="Lanczos", extras_upscaling_resize_w=640)
    assert read_operations(controls, values, to_size=True)["Upscale"].to_size


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"extras_upscaling_resize": 0}, InputError),
        ({"extras_upscaling_resize": None}, InputError),
        ({"extras_upscaling_resize": "x"}, InputError),
        ({"extras_upscaler_1": "no such"}, UnknownNameError),
        ({"extras_upscale_max_side_length": -5}, InputError),
        ({"Create": True, "postprocess_flipped_copies": ["Diagonal"]}, InputError),
    ],
    ids=str,
)
def test_values_that_cannot_be_are_told(controls, changed, kind):
    with pytest.raises(kind):
        read_operations(controls, values_of(controls, **changed), to_size=False)


def test_panels_are_read_from_the_browser():
    assert read_chosen(json.dumps({"mode": BATCH})) == {"mode": BATCH}
    assert read_chosen("") == read_chosen(None) == read_chosen("[1") == read_chosen("[1]") == {}


def test_a_folder_is_read_only_where_folders_may_be_named(tmp_path):
    (tmp_path / "a.png").touch()
    values = [None, None, str(tmp_path), " out ", False]

    sources, folder, shows = read_sources(DIRECTORY, values, may_name_folders=True)
    assert [source.name for source in sources] == ["a.png"] and folder == Path("out") and not shows
    with pytest.raises(InputError, match="Put a picture"):
        read_sources(DIRECTORY, values, may_name_folders=False)


@pytest.mark.parametrize("mode", [SINGLE, BATCH, None, "x"])
def test_without_a_picture_one_sentence_asks_for_it(mode):
    with pytest.raises(InputError, match="into the field on the left first"):
        read_sources(mode, [None, None, "", "", True], may_name_folders=True)


def test_files_elsewhere_on_the_machine_are_not_opened():
    with pytest.raises(InputError, match="no longer on the server"):
        read_sources(SINGLE, [{"path": "/etc/passwd"}, None, "", "", True], may_name_folders=True)
