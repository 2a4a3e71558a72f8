"""The sub-tab Batch with the starter model: folders, uploads, masks, progress, mistakes."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import wait_until_idle
from tests.browser.img2img_page import noise, number, png, press_generate

TAB = "img2img_batch_tab"


@pytest.fixture
def page(starter_page):
    """The sub-tab, shown."""
    page = starter_page
    page.click('#tabs [role=tab][aria-controls="tab_img2img"]')
    page.wait_for_selector("#img2img_settings[data-mode]")
    page.click(f'#mode_img2img [role=tab][aria-controls="{TAB}"]')
    page.wait_for_selector("#img2img_batch_upload input[type=file]", state="attached")
    number(page, "img2img_steps").fill("4")
    return page


def fill(page, elem_id, text):
    page.fill(f"#{elem_id} input", str(text))


def choose_directory(page):
    page.click('#img2img_batch_source [role=tab][aria-controls="img2img_batch_from_dir_tab"]')
    page.wait_for_selector("#img2img_batch_input_dir input", state="visible")


def run(page):
    press_generate(page)
    return page.locator("#html_log_img2img")


def test_a_folder_is_made_into_another_with_masks_progress_and_notes(page, tmp_path):
    for folder in ("in", "masks"):
        (tmp_path / folder).mkdir()
    for name in ("cat 1.png", "cat 2.png", "cat 10.png"):
        (tmp_path / "in" / name).write_bytes(png(noise()))
    (tmp_path / "in" / "broken.png").write_bytes(b"this is no picture")
    (tmp_path / "in" / "readme.txt").write_text("no picture at all")
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 32, 64, 64))
    (tmp_path / "masks" / "mask.png").write_bytes(png(mask))

    assert not page.is_visible("#inpaint_controls")
    choose_directory(page)
    expect(run(page)).to_contain_text("Input directory: name the folder")
    fill(page, "img2img_batch_input_dir", tmp_path / "masks" / "none")
    expect(run(page)).to_contain_text("Input directory: there is no folder")
    fill(page, "img2img_batch_input_dir", tmp_path / "in")
    fill(page, "img2img_batch_output_dir", tmp_path / "out")
    fill(page, "img2img_batch_inpaint_mask_dir", tmp_path / "masks")
    expect(page.locator("#inpaint_controls")).to_be_visible()
    number(page, "img2img_mask_blur").fill("0")
    number(page, "img2img_steps").fill("20")

    page.click("#img2img_generate")
    page.wait_for_function("/\\d out of 4/.test(document.querySelector('.progressDiv .said')?.textContent)")
    wait_until_idle(page)
    said = page.locator("#html_log_img2img")
    expect(said).to_contain_text("3 of 4 files done")
    expect(said).to_contain_text("broken.png: This is no image that can be read")
    expect(said).to_contain_text("Left out, as no pictures: readme.txt")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cat 1.png", "cat 10.png", "cat 2.png"]
    changed = np.abs(np.asarray(Image.open(tmp_path / "out" / "cat 2.png"), int) - np.asarray(noise(), int)).max(axis=2)
    assert changed[:63].max() == 0 and changed[65:].mean() > 5
    assert page.locator("#img2img_gallery .thumbnails button").count() == 3


def test_uploaded_files_are_made_and_interrupt_ends_the_batch(page, starter):
    expect(run(page)).to_contain_text("Put the pictures of the batch into the field above first")
    files = [{"name": f"{i}.png", "mimeType": "image/png", "buffer": png(noise(64, 64))} for i in range(12)]
    page.set_input_files("#img2img_batch_upload input[type=file]", files)
    page.wait_for_function("document.querySelectorAll('#img2img_batch_upload .file-preview tr').length === 12")
    page.click('#img2img_tabs_resize [role=tab][aria-controls="img2img_tab_resize_by"]')
    number(page, "img2img_scale").fill("2")
    before = set(starter.outputs)
    number(page, "img2img_steps").fill("15")
    page.click("#img2img_generate")
    page.wait_for_function("/3 out of 12/.test(document.querySelector('.progressDiv .said')?.textContent)")
    page.click("#img2img_interrupt")
    wait_until_idle(page)
    expect(page.locator("#html_log_img2img")).to_contain_text("of 12 files done")
    made = set(starter.outputs) - before
    assert 3 <= len(made) < 8, "the present one is finished, no other begun"
    assert {Image.open(path).size for path in made} == {(128, 128)}, "twice as large, each"
