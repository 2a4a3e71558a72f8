"""The Extras tab in a browser: one picture, several, a folder, and pictures sent to it and from it."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import generate

PHOTO = Path(__file__).parents[1] / "data" / "faces" / "astronaut.jpg"
IDLE = "!document.querySelector('#extras_generate_box.running')"


def run(page):
    """Press Generate and wait for what follows."""
    page.evaluate("""() => {
      window.extrasRan = false;
      new MutationObserver(() => (window.extrasRan = true)).observe(
        document.getElementById("extras_generate_box"), { attributes: true, attributeFilter: ["class"] });
    }""")
    page.click("#extras_generate")
    page.wait_for_function("window.extrasRan")
    page.wait_for_function(IDLE)


def choose(page, elem_id, name):
    page.click(f"#{elem_id} input")
    page.get_by_role("option", name=name, exact=True).click()


@pytest.fixture
def extras(page):
    page.get_by_role("tab", name="Extras", exact=True).click()
    page.wait_for_selector("#extras_upscaler_1 input")
    return page


def saved(server):
    return {path for path in server.outputs if path.parent.name == "extras-images"}


def test_a_picture_is_enlarged_saved_and_sent_on(extras, server):
    log, info = extras.locator("#html_log_extras"), extras.locator("#html_info_extras")
    run(extras)
    expect(log).to_contain_text("Put a picture into the field on the left first.")

    extras.set_input_files("#extras_image input[type=file]", PHOTO)
    extras.wait_for_selector("#extras_image img")
    choose(extras, "extras_upscaler_1", "Lanczos")
    extras.locator("#extras_upscaling_resize input[type=number]").fill("2")
    before = saved(server)
    run(extras)
    expect(info).to_contain_text("Postprocess upscale by: 2, Postprocess upscaler: Lanczos")
    (path,) = saved(server) - before
    assert Image.open(path).size == (480, 480)

    extras.locator("#extras_flipped_copies input[type=checkbox]").first.check()
    extras.get_by_role("tab", name="Scale to", exact=True).click()
    extras.locator("#extras_upscaling_resize_w input[type=number]").fill("128")
    extras.locator("#extras_upscaling_resize_w input[type=number]").blur()
    extras.click("#upscaling_res_switch_btn")
    extras.locator("#extras_upscaling_resize_w input[type=number]").fill("64")
    extras.locator("#extras_upscaling_resize_w input[type=number]").blur()
    before = saved(server)
    run(extras)
    expect(info).to_contain_text("Postprocess crop to: 64x128")
    assert {Image.open(made).size for made in saved(server) - before} == {(64, 128)}
    assert len(saved(server) - before) == 2

    extras.click("#extras_send_to_img2img")
    expect(extras.locator("#img2img_width input[type=number]")).to_have_value("64")


def test_a_batch_goes_on_past_a_bad_file_and_a_folder_is_read(extras, server, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    Image.open(PHOTO).resize((32, 32)).save(tmp_path / "small one.png")
    choose(extras, "extras_upscaler_1", "Nearest")
    extras.get_by_role("tab", name="Batch Process", exact=True).click()
    extras.set_input_files("#extras_image_batch input[type=file]", [bad, tmp_path / "small one.png"])
    expect(extras.locator("#extras_image_batch")).to_contain_text("small")
    before = saved(server)
    run(extras)
    expect(extras.locator("#html_log_extras")).to_contain_text("bad.png: This is no image that can be read")
    assert [path.name for path in saved(server) - before] == ["small one.png"]

    extras.get_by_role("tab", name="Batch from Directory", exact=True).click()
    folder = extras.locator("#extras_batch_input_dir").locator("input, textarea").first
    folder.fill(str(tmp_path / "nowhere"))
    run(extras)
    expect(extras.locator("#html_log_extras")).to_contain_text("cannot read the folder")
    folder.fill(str(tmp_path))
    extras.locator("#extras_batch_output_dir").locator("input, textarea").first.fill(str(tmp_path / "out"))
    run(extras)
    expect(extras.locator("#html_log_extras")).to_contain_text("bad.png: ")
    assert Image.open(tmp_path / "out" / "small one.png").size == (128, 128)


def test_a_picture_of_txt2img_is_sent_to_extras(page):
    page.fill("#txt2img_prompt textarea", "a cat")
    generate(page)
    expect(page.locator("#txt2img_gallery img").first).to_be_visible()
    page.click("#txt2img_send_to_extras")
    page.wait_for_selector("#extras_image img")
    expect(page.get_by_role("tab", name="Extras", exact=True)).to_have_attribute("aria-selected", "true")
