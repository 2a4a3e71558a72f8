"""The button that runs Hires. fix over the picture shown."""

import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import WATCH_FOR_A_JOB, generate, number, shown_infotext, wait_until_idle

THUMBNAILS = "#txt2img_gallery .thumbnails .thumbnail-item"


def upscale(page):
    page.evaluate(WATCH_FOR_A_JOB)
    page.click("#txt2img_upscale")
    page.wait_for_function("window.aJobRan")
    wait_until_idle(page)


def infotexts(page):
    return json.loads(page.input_value("#generation_info_txt2img textarea"))["infotexts"]


def seed_of(text):
    return re.findall(r"Seed: (\d+)", text)[0]


def test_the_picture_shown_is_enlarged_with_its_own_parameters(page, server):
    upscale(page)
    expect(page.locator("#html_log_txt2img")).to_contain_text("There is no picture to enlarge yet")
    page.fill("#txt2img_prompt textarea", "a fox")
    number(page, "batch_count").fill("2")
    generate(page)
    before = infotexts(page)
    page.locator(THUMBNAILS).nth(2).click()
    expect(page.locator("#html_info_txt2img")).to_contain_text(f"Seed: {seed_of(before[2])}")
    page.fill("#txt2img_prompt textarea", "something else")
    upscale(page)
    expect(page.locator("#html_info_txt2img")).to_contain_text("Hires upscale: 2")
    text = shown_infotext(page)
    assert "a fox" in text and seed_of(text) == seed_of(before[2]) and "Size: 64x64" in text
    after = infotexts(page)
    assert after[:2] == before[:2] and len(after) == 3
    expect(page.locator(THUMBNAILS)).to_have_count(3)
    size = "document.querySelector('#txt2img_gallery .preview .media-button img').naturalWidth"
    page.wait_for_function(f"{size} === 128")

    server.set_options(hires_button_gallery_insert=True)
    try:
        page.locator(THUMBNAILS).nth(1).click()
        expect(page.locator("#html_info_txt2img")).to_contain_text(f"Seed: {seed_of(before[1])}")
        upscale(page)
        expect(page.locator(THUMBNAILS)).to_have_count(4)
    finally:
        server.set_options(hires_button_gallery_insert=False)
    assert [seed_of(text) for text in infotexts(page)] == [seed_of(before[i]) for i in (0, 1, 1, 2)]
    page.locator(THUMBNAILS).nth(0).click()
    expect(page.locator("#html_info_txt2img")).not_to_contain_text("Hires upscale")
    upscale(page)
    expect(page.locator("#html_log_txt2img")).to_contain_text("the sheet of all of them cannot be enlarged")
    expect(page.locator(THUMBNAILS)).to_have_count(4)
