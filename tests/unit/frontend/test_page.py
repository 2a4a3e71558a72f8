"""The page as it is built: A1111's controls with their ids, labels and defaults."""

import dataclasses
import shutil
from pathlib import Path

import gradio as gr
import pytest

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.frontend.blocks import create_ui
from modules.frontend.tabs.events import token_counter_html
from modules.generation.request import LONGEST_PROMPT

GOLDEN = Path(__file__).parents[2] / "data" / "golden"

# elem_id: label, minimum, maximum, step, default
SLIDERS = {
    "txt2img_steps": ("Sampling steps", 1, 150, 1, 20),
    "txt2img_width": ("Width", 64, 2048, 8, 512),
    "txt2img_height": ("Height", 64, 2048, 8, 512),
    "txt2img_batch_count": ("Batch count", 1, 100, 1, 1),
    "txt2img_batch_size": ("Batch size", 1, 8, 1, 1),
    "txt2img_cfg_scale": ("CFG Scale", 1, 30, 0.5, 7),
    "txt2img_subseed_strength": ("Variation strength", 0, 1, 0.01, 0),
    "txt2img_seed_resize_from_w": ("Resize seed from width", 0, 2048, 8, 0),
    "txt2img_seed_resize_from_h": ("Resize seed from height", 0, 2048, 8, 0),
    "txt2img_hires_steps": ("Hires steps", 0, 150, 1, 0),
    "txt2img_denoising_strength": ("Denoising strength", 0, 1, 0.01, 0.7),
    "txt2img_hr_scale": ("Upscale by", 1, 4, 0.05, 2),
    "txt2img_hr_resize_x": ("Resize width to", 0, 2048, 8, 0),
    "txt2img_hr_resize_y": ("Resize height to", 0, 2048, 8, 0),
    "txt2img_hr_cfg": ("Hires CFG Scale", 0, 30, 0.5, 0),
    "txt2img_switch_at": ("Switch at", 0.01, 1, 0.01, 0.8),
    "img2img_steps": ("Sampling steps", 1, 150, 1, 20),
    "img2img_width": ("Width", 64, 2048, 8, 512),
    "img2img_height": ("Height", 64, 2048, 8, 512),
    "img2img_scale": ("Scale", 0.05, 4, 0.05, 1),
    "img2img_batch_count": ("Batch count", 1, 100, 1, 1),
    "img2img_batch_size": ("Batch size", 1, 8, 1, 1),
    "img2img_cfg_scale": ("CFG Scale", 1, 30, 0.5, 7),
    "img2img_denoising_strength": ("Denoising strength", 0, 1, 0.01, 0.75),
    "img2img_mask_blur": ("Mask blur", 0, 64, 1, 4),
    "img2img_mask_alpha": ("Mask transparency", 0, 100, 1, 0),
    "img2img_inpaint_full_res_padding": ("Only masked padding, pixels", 0, 256, 4, 32),
    "img2img_switch_at": ("Switch at", 0.01, 1, 0.01, 0.8),
}
OTHERS = {
    "txt2img_prompt": ("Prompt", ""),
    "txt2img_neg_prompt": ("Negative prompt", ""),
    "txt2img_sampling": ("Sampling method", "DPM++ 2M"),
    "txt2img_scheduler": ("Schedule type", "Automatic"),
    "txt2img_seed": ("Seed", -1),
    "txt2img_subseed_show": ("Extra", False),
    "txt2img_subseed": ("Variation seed", -1),
    "txt2img_hr-checkbox": ("Hires. fix", False),
    "txt2img_hr_upscaler": ("Upscaler", "Latent"),
    "hr_checkpoint": ("Checkpoint", "Use same checkpoint"),
    "hr_sampler": ("Sampling method", "Use same sampler"),
    "hr_scheduler": ("Schedule type", "Use same scheduler"),
    "hires_prompt": ("Hires prompt", ""),
    "hires_neg_prompt": ("Hires negative prompt", ""),
    "txt2img_enable-checkbox": ("Refiner", False),
    "txt2img_checkpoint": ("Checkpoint", "None"),
    "txt2img_tiling": ("Tiling", False),
    "txt2img_override_settings": ("Override settings", []),
    "img2img_prompt": ("Prompt", ""),
    "img2img_neg_prompt": ("Negative prompt", ""),
    "img2img_sampling": ("Sampling method", "DPM++ 2M"),
    "img2img_scheduler": ("Schedule type", "Automatic"),
    "img2img_seed": ("Seed", -1),
    "img2img_enable-checkbox": ("Refiner", False),
    "resize_mode": ("Resize mode", "Just resize"),
    "img2img_mask_mode": ("Mask mode", "Inpaint masked"),
    "img2img_inpainting_fill": ("Masked content", "original"),
    "img2img_inpaint_full_res": ("Inpaint area", "Whole picture"),
    "img2img_override_settings": ("Override settings", []),
}
CHOICES = {
    "resize_mode": ["Just resize", "Crop and resize", "Resize and fill", "Just resize (latent upscale)"],
    "img2img_mask_mode": ["Inpaint masked", "Inpaint not masked"],
    "img2img_inpainting_fill": ["fill", "original", "latent noise", "latent nothing"],
    "img2img_inpaint_full_res": ["Whole picture", "Only masked"],
}
IDS = """quicksettings setting_sd_model_checkpoint refresh_sd_model_checkpoint tabs tab_txt2img footer settings_json
txt2img_toprow txt2img_prompt_container txt2img_prompt_row txt2img_neg_prompt_row txt2img_actions_column txt2img_tools
txt2img_generate_box txt2img_generate txt2img_interrupt txt2img_skip txt2img_interrupting paste txt2img_clear_prompt
txt2img_restore_progress txt2img_token_counter txt2img_negative_token_counter txt2img_token_button
txt2img_negative_token_button txt2img_settings sampler_selection_txt2img txt2img_column_size txt2img_dimensions_row
txt2img_column_batch txt2img_res_switch_btn txt2img_seed_row txt2img_random_seed txt2img_reuse_seed txt2img_results
txt2img_results_panel txt2img_gallery_container txt2img_gallery image_buttons_txt2img txt2img_open_folder
txt2img_seed_extras txt2img_subseed_row txt2img_random_subseed txt2img_reuse_subseed txt2img_seed_resize_from_row
txt2img_hr txt2img_hr-extra txtimg_hr_finalres txt2img_hires_fix_row1 txt2img_hires_fix_row2 txt2img_hires_fix_row3
txt2img_hires_fix_row4 hr_checkpoint_refresh txt2img_enable txt2img_checkpoint_refresh txt2img_accordions
txt2img_override_settings_row html_info_txt2img html_log_txt2img generation_info_txt2img
txt2img_generation_info_button txt2img_send_to_img2img txt2img_send_to_inpaint
tab_img2img mode_img2img img2img_img2img_tab img2img_img2img_sketch_tab img2img_inpaint_tab img2img_inpaint_sketch_tab
img2img_inpaint_upload_tab img2img_image img2img_sketch img2maskimg inpaint_sketch img_inpaint_base img_inpaint_mask
img2img_copy_to_img2img img2img_copy_to_sketch img2img_copy_to_inpaint img2img_copy_to_inpaint_sketch
img2img_label_copy_to_img2img inpaint_controls img2img_tab_resize_to img2img_tab_resize_by img2img_res_switch_btn
img2img_detect_image_size_btn img2img_scale_resolution_preview img2img_column_size img2img_dimensions_row
img2img_column_batch img2img_settings img2img_results img2img_gallery img2img_generate img2img_interrupt img2img_skip
img2img_send_to_img2img img2img_send_to_inpaint html_info_img2img html_log_img2img generation_info_img2img"""


@pytest.fixture(scope="module")
def make_page(tmp_path_factory):
    def make(checkpoint=True, settings=None, **flags):
        folder = tmp_path_factory.mktemp("data")
        if checkpoint:
            (folder / "models" / "Stable-diffusion").mkdir(parents=True)
            for file in GOLDEN.glob("tiny-random.*"):
                shutil.copy(file, folder / "models" / "Stable-diffusion")
        app = build_app(dataclasses.replace(Flags(), data_dir=folder, **flags))
        app.set_options(settings or {})
        return create_ui(app)

    return make


@pytest.fixture(scope="module")
def page(make_page):
    return make_page()


def by_id(page):
    return {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}


@pytest.mark.parametrize("elem_id", SLIDERS)
def test_sliders_are_those_of_a1111(page, elem_id):
    slider = by_id(page)[elem_id]
    assert (slider.label, slider.minimum, slider.maximum, slider.step, slider.value) == SLIDERS[elem_id]
    assert slider.interactive


@pytest.mark.parametrize("elem_id", OTHERS)
def test_other_controls_are_those_of_a1111(page, elem_id):
    component = by_id(page)[elem_id]
    assert (component.label, component.value) == OTHERS[elem_id]


@pytest.mark.parametrize("elem_id", CHOICES)
def test_groups_offer_what_a1111_does(page, elem_id):
    assert [value for _label, value in by_id(page)[elem_id].choices] == CHOICES[elem_id]


def test_ways_to_enlarge_are_those_of_latents_then_those_of_pictures(page):
    choices = [value for _label, value in by_id(page)["txt2img_hr_upscaler"].choices]
    assert choices[:6] == [
        "Latent",
        "Latent (antialiased)",
        "Latent (bicubic)",
        "Latent (bicubic antialiased)",
        "Latent (nearest)",
        "Latent (nearest-exact)",
    ]
    assert {"None", "Lanczos", "Nearest"} <= set(choices[6:])


def test_hidden_samplers_are_in_no_menu(make_page):
    hidden = ["euler a", "Heun"]
    menus = by_id(make_page(settings={"hide_samplers": hidden}))
    for name in ("txt2img_sampling", "hr_sampler"):
        shown = {value for _label, value in menus[name].choices}
        assert "Euler" in shown and not shown & {"Euler a", "Heun"}


IN_BOTH_TABS = {
    "paste",
    "axis_options",
    "swap_axes",
    *(f"xyz_grid_fill_{axis}_tool_button" for axis in "xyz"),
    *(f"{pair}_grid_swap_axes_button" for pair in ("xy", "yz", "xz")),
}
NOT_THERE_AT_FIRST = {"save_extras", "save_zip_extras", "img2img_image_cfg_scale_row"}


def test_all_ids_are_there_once(page):
    ids = [block.elem_id for block in page.blocks.values() if getattr(block, "elem_id", None)]
    assert set(IDS.split()) <= set(ids)
    assert {name for name in ids if ids.count(name) > 1} == IN_BOTH_TABS, "A1111 has these in both tabs"


def test_no_event_of_the_page_is_in_gradios_public_api(page):
    assert page.fns and all(event.api_visibility == "private" for event in page.fns.values())


def test_jobs_may_wait_without_taking_all_of_gradios_threads(page):
    limits = [event.concurrency_limit for event in page.fns.values() if event.concurrency_id == "jobs"]
    assert len(limits) >= 3 and set(limits) == {30}
    assert not [event for event in page.fns.values() if event.types_generator], "jobs are no generators"


def left_out(page):
    """What Gradio does not put into the page at first, but for the controls of scripts that are not chosen."""
    blocks = [block for block in page.blocks.values() if getattr(block, "visible", True) is False]
    return [block for block in blocks if not of_a_script(block)]


def of_a_script(block):
    while block is not None:
        if "script-controls" in (getattr(block, "elem_classes", None) or []):
            return True
        block = block.parent
    return False


def test_nothing_is_left_out_of_the_page(page):
    assert {block.elem_id for block in left_out(page)} <= NOT_THERE_AT_FIRST


def test_with_the_starter_model_the_page_begins_with_values_that_work(make_page):
    controls = by_id(make_page(checkpoint=False))
    assert controls["txt2img_prompt"].value
    assert controls["txt2img_width"].value < 512
    assert "starter model" in controls["starter_note"].value


def test_people_on_other_machines_get_no_button_for_folders(make_page):
    assert "txt2img_open_folder" not in by_id(make_page(hide_ui_dir_config=True))


def test_the_seed_may_be_a_text(make_page):
    assert isinstance(by_id(make_page(use_textbox_seed=True))["txt2img_seed"], gr.Textbox)


def count(prompt, steps=20, settings=None, **how):
    return token_counter_html(prompt, steps, settings or Settings(), **how)


def test_tokens_are_counted_in_chunks():
    assert count("") == count(None) == "<span>0/75</span>"
    assert count("a cat") == "<span>2/75</span>"
    assert count("cat " * 80) == "<span>80/150</span>"
    assert "too long" in count("x" * (LONGEST_PROMPT + 1))
    assert "too long" in count("[" * 1000)


def test_of_a_prompt_with_many_texts_the_longest_counts():
    assert count("a [red|dark blue|green] cat") == "<span>4/75</span>"
    assert count("[a:a big red dog:5] AND a cat") == "<span>4/75</span>"
    assert count("[a:a big red dog:5] AND a cat", steps=5) == "<span>2/75</span>"
    assert count("a cat <lora:pets:1> # or so") == "<span>2/75</span>"


def test_and_and_networks_are_plain_text_in_a_negative_prompt():
    assert count("a AND b", is_negative=True) == "<span>3/75</span>"
    assert count("<b:c>", is_negative=True) != "<span>0/75</span>"
