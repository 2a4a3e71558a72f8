"""Save, Zip, the PNG Info tab, and pictures dropped onto the prompts."""

import base64
import csv
import zipfile

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext
from tests.browser.conftest import GOLDEN, generate, log_line, make_quick, number
from tests.browser.img2img_page import number as number_of
from tests.browser.img2img_page import shown

OF_A1111 = GOLDEN / "cases" / "samplers" / "euler-a.png"
INFOTEXT = (
    "a (red:1.2) cat, 猫\nNegative prompt: <b>dog</b>\nSteps: 3, Sampler: Euler a, CFG scale: 5, Seed: 77, Size: 64x96"
)

DROP = """([id, name, type, data]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type }));
  const event = { dataTransfer: transfer, bubbles: true, cancelable: true };
  document.querySelector(`#${id} textarea`).dispatchEvent(new DragEvent("dragover", event));
  document.querySelector(`#${id} textarea`).dispatchEvent(new DragEvent("drop", event));
}"""
DROP_ADDRESS = """(address) => {
  const transfer = new DataTransfer();
  transfer.setData("text/uri-list", address);
  const event = { dataTransfer: transfer, bubbles: true, cancelable: true };
  document.querySelector("#txt2img_prompt textarea").dispatchEvent(new DragEvent("drop", event));
}"""
PASTE = """(data) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  transfer.items.add(new File([bytes], "pasted.webp", { type: "image/webp" }));
  const event = { clipboardData: transfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", event));
}"""


def drop(page, name, data, kind="image/png", place="txt2img_prompt"):
    page.evaluate(DROP, [place, name, kind, base64.b64encode(data).decode()])


def open_tab(page, title):
    page.click(f'#tabs [role=tab]:text-is("{title}")')


def load_into_png_info(page, data, name="picture.png", kind="image/png"):
    open_tab(page, "PNG Info")
    page.wait_for_selector("#pnginfo_image input[type=file]", state="attached")
    page.set_input_files("#pnginfo_image input[type=file]", {"name": name, "mimeType": kind, "buffer": data})


def picture(format_name="png", size=(64, 96), infotext=INFOTEXT):
    return encode_image(Image.effect_noise(size, 60).convert("RGB"), format_name, infotext)


def test_chosen_pictures_are_saved_with_a_log_and_as_a_zip_file(page, server):
    make_quick(page, steps=1)
    number(page, "batch_count").fill("2")
    number(page, "batch_count").blur()
    page.fill("#txt2img_prompt textarea", "../a cat, <script>")
    generate(page)
    page.locator("#txt2img_gallery .thumbnails .thumbnail-item").nth(2).click()

    page.click("#save_txt2img")
    expect(page.locator("#html_log_txt2img")).to_contain_text("Saved: 0")
    folder = server.folder / "log" / "images"
    (saved,) = folder.glob("*.png")
    assert read_infotext(load_image(saved)).infotext in {read_infotext(load_image(p)).infotext for p in server.outputs}
    with page.expect_download() as download:
        page.locator("#download_files_txt2img a").first.click()
    assert download.value.path().read_bytes() == saved.read_bytes()

    page.locator("#txt2img_gallery .thumbnails .thumbnail-item").nth(0).click()
    page.click("#save_zip_txt2img")
    expect(page.locator("#html_log_txt2img")).to_contain_text(".zip")
    with zipfile.ZipFile(next(folder.glob("*.zip"))) as archive:
        assert len(archive.namelist()) == 3
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["prompt"] for row in rows] == ["../a cat, <script>"] * 3
    assert rows[0]["filename"] == saved.name


def test_a_picture_says_how_it_was_made_and_is_sent_on(open_page):
    page = make_quick(open_page())
    load_into_png_info(page, picture("avif"), "picture.avif", "image/avif")
    said = page.locator("#html_info_pnginfo")
    expect(said).to_contain_text("Negative prompt: <b>dog</b>")
    expect(said).to_contain_text("AVIF, 64x96")

    page.click("#pnginfo_verify")
    expect(page.locator("#pnginfo_verdict")).to_contain_text("Made again, it differs")

    page.click("#txt2img_tab >> visible=true")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a (red:1.2) cat, 猫")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value("<b>dog</b>")
    assert number(page, "height").input_value() == "96"

    for name, canvas in (("img2img", "img2img_image"), ("inpaint", "img2maskimg")):
        open_tab(page, "PNG Info")
        page.click(f"#{name}_tab >> visible=true")
        expect(page.locator(f"#{canvas} .canvas-frame")).to_be_visible()
        expect(page.locator("#img2img_prompt textarea")).to_have_value("a (red:1.2) cat, 猫")
        expect(number_of(page, "img2img_height")).to_have_value("96")

    open_tab(page, "PNG Info")
    page.click("#extras_tab >> visible=true")
    expect(page.locator("#extras_image img")).to_be_visible()

    open_tab(page, "PNG Info")
    page.evaluate(PASTE, base64.b64encode(picture("webp", (32, 32), "")).decode())
    expect(said).to_contain_text("Nothing found")
    page.click("#pnginfo_verify")
    expect(page.locator("#pnginfo_verdict")).to_contain_text("there are no parameters in the file")


def test_a_file_that_is_no_picture_is_one_sentence(open_page):
    page = open_page()
    load_into_png_info(page, b"no picture at all")

    expect(page.locator("#html_log_pnginfo")).to_contain_text("This is no image that can be read")
    page.click("#img2img_tab >> visible=true")
    expect(page.locator("#tab_pnginfo")).to_be_visible()


def test_a_picture_of_a1111_dropped_onto_the_prompt_is_made_again(page):
    original = Image.open(OF_A1111)
    drop(page, "euler-a.png", OF_A1111.read_bytes())
    expect(page.locator("#txt2img_prompt textarea")).to_have_value(original.info["parameters"])
    assert "first tool button" in log_line(page)

    page.click("#txt2img_tools #paste")
    expect(page.locator("#txt2img_override_settings")).to_contain_text("RNG: CPU")
    generate(page)

    apart = np.abs(np.asarray(shown(page, "txt2img")).astype(int) - np.asarray(original).astype(int))
    assert apart.max() <= 2


def test_texts_are_dropped_too_and_other_things_are_refused_in_a_sentence(page):
    drop(page, "how.txt", INFOTEXT.encode(), "text/plain", place="txt2img_neg_prompt")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value(INFOTEXT)

    address = "data:image/webp;base64," + base64.b64encode(picture("webp", infotext="from an address")).decode()
    page.evaluate(DROP_ADDRESS, address)
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("from an address")

    drop(page, "long.txt", b"x" * 10_000, "text/plain")
    expect(page.locator("#html_log_txt2img")).to_contain_text("too long for a prompt")
    drop(page, "plain.png", picture(infotext=""))
    expect(page.locator("#html_log_txt2img")).to_contain_text("does not say how it was made")
    drop(page, "broken.png", b"\x89PNG broken")
    expect(page.locator("#html_log_txt2img")).to_contain_text("no image that can be read")
    assert page.input_value("#txt2img_prompt textarea") == "from an address"


def test_saving_without_a_picture_is_said(page):
    page.click("#save_txt2img")

    expect(page.locator("#html_log_txt2img")).to_contain_text("There is no picture to save yet.")
