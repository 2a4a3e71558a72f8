"""The button that describes the picture of img2img in words."""

from playwright.sync_api import expect

from tests.browser.img2img_page import load, noise, open_mode
from tests.unit.enhance.tiny_describers import WORDS, save_blip


def test_interrogate_puts_the_picture_in_words_into_the_prompt(page, server):
    canvas = open_mode(page, "img2img")
    log, prompt = page.locator("#html_log_img2img"), page.locator("#img2img_prompt textarea")
    prompt.fill("mine")
    page.click("#interrogate")
    expect(log).to_contain_text("Put a picture into the field above first")
    load(page, canvas, noise(64, 64))
    page.click("#interrogate")
    expect(log).to_contain_text("put the folder of a captioning model")
    expect(prompt).to_have_value("mine")

    save_blip(server.folder / "models" / "BLIP")
    server.set_options(interrogate_clip_min_length=4, interrogate_clip_max_length=8)
    page.click("#interrogate")
    expect(prompt).not_to_have_value("mine")
    assert set(prompt.input_value().split()) <= set(WORDS)
    expect(page.locator("#img2img_token_counter")).not_to_contain_text("0/75")
    expect(log).not_to_contain_text("Describing")
    expect(page.locator("#deepbooru")).to_be_disabled()
