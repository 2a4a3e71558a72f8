"""The button that describes the picture of img2img in words."""

import re

from PIL import Image
from playwright.sync_api import expect

from tests.browser.img2img_page import load, noise, open_mode
from tests.unit.enhance.tiny_describers import WORDS, save_blip
from tests.unit.enhance.tiny_taggers import save_onnx_tagger


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

    page.click("#deepbooru")
    expect(log).to_contain_text("DeepBooru needs a tagger")
    save_onnx_tagger(server.folder / "models" / "torch_deepdanbooru")
    page.click("#deepbooru")
    expect(prompt).to_have_value(re.compile("o_o"))


def test_in_batch_the_words_go_into_text_files_of_the_folder(page, server, tmp_path):
    save_onnx_tagger(server.folder / "models" / "torch_deepdanbooru")
    for name in ("one.png", "two.jpg"):
        Image.new("RGB", (40, 40), "red").save(tmp_path / name)
    (tmp_path / "two.txt").write_text("mine")
    open_mode(page, "img2img")
    page.click('#mode_img2img [role=tab][aria-controls="img2img_batch_tab"]')
    log = page.locator("#html_log_img2img")
    page.click("#deepbooru")
    expect(log).to_contain_text("choose From directory")

    page.click('#img2img_batch_source [role=tab][aria-controls="img2img_batch_from_dir_tab"]')
    page.fill("#img2img_batch_input_dir input", str(tmp_path))
    page.click("#deepbooru")
    expect(log).to_contain_text("1 of 2 texts written")
    expect(log).to_contain_text("which stays as it is: two.jpg")
    expect(page.locator("#img2img_generate")).to_be_visible()
    assert (tmp_path / "one.txt").read_text() == "o_o, very red"
    assert (tmp_path / "two.txt").read_text() == "mine"
