"""The scripts of img2img on the page, with the starter model."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from modules.imaging.infotext import parse_infotext
from modules.imaging.metadata import read_infotext
from tests.browser.img2img_page import draw, load, noise, number, open_mode, run

MENU = "#img2img_script_list"


@pytest.fixture
def page(starter_page):
    return starter_page


def choose(page, title):
    page.click(f"{MENU} input")
    page.locator(f"{MENU} [role=option]", has_text=title).first.click()


def test_a_picture_is_widened_and_the_rest_kept(page):
    load(page, open_mode(page, "img2img"), noise())
    choose(page, "Outpainting mk2")
    number(page, "script_outpainting_mk2_pixels").fill("64")
    number(page, "script_outpainting_mk2_mask_blur").fill("1")
    for side in ("up", "down", "right"):
        page.locator("#script_outpainting_mk2_direction").get_by_text(side, exact=True).click()
    result = run(page)

    assert result.size == (192, 128)
    assert np.array_equal(np.asarray(result.convert("RGB"))[:, 80:], np.asarray(noise())[:, 16:])

    choose(page, "SD upscale")
    number(page, "img2img_denoising_strength").fill("0")
    page.locator("#script_sd_upscale_upscaler_index").get_by_text("Lanczos", exact=True).click()
    upscaled = run(page)
    parameters = parse_infotext(read_infotext(upscaled).infotext)
    assert upscaled.size == (256, 256)
    assert (parameters["SD upscale overlap"], parameters["SD upscale upscaler"]) == ("64", "Lanczos")

    page.locator("#script_sd_upscale_upscaler_index").get_by_text("Nearest", exact=True).click()
    choose(page, "None")
    page.fill("#img2img_prompt textarea", read_infotext(upscaled).infotext)
    page.click("#tab_img2img #paste")
    expect(page.locator(f"{MENU} input")).to_have_value("SD upscale")
    expect(page.locator("#script_sd_upscale_upscaler_index").get_by_label("Lanczos")).to_be_checked()
    choose(page, "None")


def test_soft_inpainting_is_ticked_and_its_infotext_ticks_it_again(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, Image.new("RGB", (128, 128), "#4080c0"))
    draw(page, canvas, (0.7, 0.3), (0.8, 0.6))
    enabled, bias = page.locator("#soft_inpainting_enabled-checkbox input"), number(page, "mask_blend_power")
    expect(bias).to_be_hidden()
    enabled.check()
    bias.fill("2")
    infotext = read_infotext(run(page)).infotext
    assert "Soft inpainting schedule bias: 2" in infotext

    enabled.uncheck()
    page.fill("#img2img_prompt textarea", infotext)
    page.click("#tab_img2img #paste")
    expect(enabled).to_be_checked()
    expect(bias).to_have_value("2")
