"""Controls that only some checkpoints have."""

from playwright.sync_api import expect

from tests.browser.conftest import GOLDEN
from tests.browser.img2img_page import load, noise, number, open_mode, run
from tests.browser.test_controls import choose_checkpoint
from tests.unit.checkpoints.tiny_checkpoint import write_variant


def test_image_cfg_scale_comes_and_goes_with_its_checkpoint(page, server):
    path = server.folder / "models" / "Stable-diffusion" / "edits.safetensors"
    write_variant(path, GOLDEN / "tiny-random.safetensors", 8)
    page.click("#refresh_sd_model_checkpoint")
    canvas = open_mode(page, "img2img")
    scale = page.locator("#img2img_image_cfg_scale")
    try:
        expect(scale).to_be_hidden()
        choose_checkpoint(page, "edits.safetensors")
        expect(scale).to_be_visible()
        load(page, canvas, noise())
        for side in ("width", "height"):
            number(page, f"img2img_{side}").fill("128")
        number(page, "img2img_image_cfg_scale").fill("2.25")
        run(page)
        expect(page.locator("#html_info_img2img")).to_contain_text(", Image CFG scale: 2.25, ")
    finally:
        choose_checkpoint(page, "tiny-random")
        expect(scale).to_be_hidden()
        path.unlink()
        path.with_suffix(".yaml").unlink()
        page.click("#refresh_sd_model_checkpoint")
        page.wait_for_selector("#setting_sd_model_checkpoint:not([aria-busy])")
