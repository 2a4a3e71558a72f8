"""img2img, sketching and inpainting with the starter model, as a person does it with the mouse."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from modules.frontend.canvas_pictures import picture_mask, read_pictures
from modules.imaging.infotext import parse_infotext
from modules.imaging.metadata import read_infotext
from tests.browser.conftest import READY, wait_until_idle
from tests.browser.img2img_page import (
    DROP,
    alpha_on_screen,
    draw,
    load,
    noise,
    number,
    open_mode,
    png,
    run,
    uploaded_path,
)


@pytest.fixture
def page(starter_page):
    return starter_page


def test_a_picture_is_sent_to_img2img_and_made_anew(page, starter):
    first = run(page, "txt2img")
    page.click("#txt2img_send_to_img2img")
    page.wait_for_selector("#img2img_image .loaded")
    seed = str(parse_infotext(read_infotext(first).infotext)["Seed"])
    expect(number(page, "img2img_seed")).to_have_value(seed)
    assert page.input_value("#img2img_prompt textarea") == page.input_value("#txt2img_prompt textarea")
    assert number(page, "img2img_steps").input_value() == "6"

    number(page, "img2img_denoising_strength").fill("0.5")
    before = set(starter.outputs)
    second = run(page)
    parameters = parse_infotext(read_infotext(second).infotext)
    assert (parameters["Denoising strength"], parameters["Size-1"], parameters["Seed"]) == ("0.5", "128", seed)
    assert [path.parent.parent.name for path in set(starter.outputs) - before] == ["img2img-images"]
    changed = np.abs(np.asarray(first, float) - np.asarray(second, float)).mean()
    assert 1 < changed < 60, "another picture, but one that comes from the first"

    number(page, "img2img_denoising_strength").fill("0")
    kept = run(page)
    assert np.abs(np.asarray(first, float) - np.asarray(kept, float)).mean() < min(changed, 12)


def test_the_mask_that_arrives_is_the_one_on_the_screen(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, noise(200, 120))
    draw(page, canvas, (0.2, 0.3), (0.7, 0.4), (0.5, 0.8))
    seen = alpha_on_screen(page, canvas)
    assert seen.shape == (120, 200) and 200 < (seen >= 128).sum() < 0.5 * seen.size

    number(page, "img2img_mask_blur").fill("0")
    page.locator("#resize_mode").scroll_into_view_if_needed()
    number(page, "img2img_width").fill("200")
    number(page, "img2img_height").fill("120")
    result = np.asarray(run(page).convert("RGB"), int)

    sent = json.dumps({"mode": "inpaint", "picture": uploaded_path(page, 0), "drawing": uploaded_path(page)})
    arrived = np.asarray(picture_mask(read_pictures(sent)))
    assert np.array_equal(arrived == 255, seen >= 128), "the mask in Python is that on the screen"

    changed = np.abs(result - np.asarray(noise(200, 120), int)).max(axis=2)
    assert changed[arrived == 0].max() == 0, "what is not masked stays to the bit"
    assert (changed[arrived == 255] > 0).mean() > 0.9

    uploads = len(page.uploads)
    run(page)
    assert len(page.uploads) == uploads, "what has not changed is not sent again"


def test_undo_redo_eraser_invert_fill_and_clear(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, noise())

    def press(name):
        page.click(f"#{canvas} .canvas-tools .icon-{name}")

    draw(page, canvas, (0.2, 0.2), (0.8, 0.2))
    one = alpha_on_screen(page, canvas)
    draw(page, canvas, (0.2, 0.7), (0.8, 0.7))
    two = alpha_on_screen(page, canvas)
    assert (two > 0).sum() > (one > 0).sum() > 0

    page.keyboard.press("Control+z")
    assert np.array_equal(alpha_on_screen(page, canvas), one)
    press("redo")
    assert np.array_equal(alpha_on_screen(page, canvas), two)
    press("invert")
    assert np.array_equal(alpha_on_screen(page, canvas), 255 - two)
    press("invert")
    press("eraser")
    page.keyboard.press("]")  # soft edges need a larger one
    draw(page, canvas, (0.1, 0.2), (0.9, 0.2))
    assert alpha_on_screen(page, canvas)[20:30].max() == 0
    press("fill")
    assert alpha_on_screen(page, canvas).min() == 255
    press("clear")
    assert alpha_on_screen(page, canvas).max() == 0
    for _ in range(3):
        press("undo")
    press("undo")
    press("undo")
    assert np.array_equal(alpha_on_screen(page, canvas), two)


def test_zoom_does_not_move_what_is_drawn(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, noise())
    frame = page.locator(f"#{canvas} .canvas-frame").bounding_box()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    before = page.locator(f"#{canvas} .canvas-picture").bounding_box()
    page.keyboard.down("Alt")
    for _ in range(4):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Alt")
    width = "([id, w]) => document.querySelector(`#${id} .canvas-picture`).getBoundingClientRect().width"
    page.wait_for_function(width + " > 1.7 * w", arg=[canvas, before["width"]])
    draw(page, canvas, (0.5, 0.5), (0.5, 0.5))
    rows, columns = np.nonzero(alpha_on_screen(page, canvas) >= 128)
    assert abs(rows.mean() - 63.5) < 1.5 and abs(columns.mean() - 63.5) < 1.5
    page.keyboard.press("r")
    page.wait_for_function(width + " < 1.01 * w", arg=[canvas, before["width"]])
    assert page.locator(f"#{canvas} .canvas-picture").bounding_box() == pytest.approx(before, abs=0.5)
    page.mouse.move(1, 1)  # the canvas that was drawn on keeps the keys
    page.keyboard.press("s")
    page.wait_for_selector(f"#{canvas} .canvas-full")
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#{canvas} .canvas-full", state="detached")


@pytest.fixture
def canvas_options(starter):
    """Settings of the canvas that are not the defaults."""
    starter.set_options(canvas_disabled_functions=["Zoom"], img2img_autosize=True)
    yield
    starter.set_options(canvas_disabled_functions=["Overlap"], img2img_autosize=False)


def test_settings_choose_what_keys_do_and_a_list_tells_them(canvas_options, page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, noise(96, 192))
    assert [number(page, f"img2img_{side}").input_value() for side in ("width", "height")] == ["96", "192"]
    frame = page.locator(f"#{canvas} .canvas-frame").bounding_box()
    assert frame["height"] == 0.5 * page.viewport_size["height"], "it has grown with the picture, to half the window"
    page.hover(f"#{canvas} .canvas-help")
    listed = page.locator(f"#{canvas} .canvas-keys")
    expect(listed).to_contain_text("let the picture lie over what is around it")
    assert "zoom" not in listed.inner_text().lower()

    draw(page, canvas, (0.4, 0.4), (0.6, 0.6))  # the keys are for the canvas from now on
    picture = page.locator(f"#{canvas} .canvas-picture")
    before = picture.bounding_box()["width"]
    page.keyboard.down("Alt")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Alt")
    page.keyboard.press("o")
    page.wait_for_selector(f"#{canvas} .canvas-overlap")
    assert picture.bounding_box()["width"] == pytest.approx(before, abs=0.5), "the wheel moves the page instead"
    page.keyboard.press("r")
    page.wait_for_selector(f"#{canvas} .canvas-overlap", state="detached")


FINGERS = """([id, far]) => {
    const frame = document.querySelector(`#${id} .canvas-frame`);
    const box = frame.getBoundingClientRect();
    frame.setPointerCapture = () => {};
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const send = (kind, pointerId, dx) => frame.dispatchEvent(new PointerEvent(kind, { pointerId, pointerType: "touch",
        button: kind === "pointermove" ? -1 : 0, bubbles: true, clientX: x + dx, clientY: y }));
    send("pointerdown", 1, -20);
    if (!far) { send("pointermove", 1, 20); send("pointerup", 1, 20); return }
    send("pointerdown", 2, 20);
    send("pointermove", 1, -far);
    send("pointermove", 2, far);
    send("pointerup", 1, -far);
    send("pointerup", 2, far);
}"""


def test_one_finger_draws_and_two_zoom(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, noise())
    before = page.locator(f"#{canvas} .canvas-picture").bounding_box()
    page.evaluate(FINGERS, [canvas, 60])
    after = page.locator(f"#{canvas} .canvas-picture").bounding_box()
    assert after["width"] == pytest.approx(3 * before["width"], rel=0.01)
    assert alpha_on_screen(page, canvas).max() == 0, "the first of two fingers leaves no spot"
    page.evaluate(FINGERS, [canvas, 0])
    rows, columns = np.nonzero(alpha_on_screen(page, canvas))
    assert abs(rows.mean() - 64) < 1.5 and abs(columns.mean() - 64) < 1.5


def test_a_colour_is_painted_and_comes_out(page):
    canvas = open_mode(page, "sketch")
    load(page, canvas, Image.new("RGB", (128, 128), (40, 60, 220)))
    page.fill(f"#{canvas} .canvas-colour", "#00ff00")
    page.fill(f"#{canvas} input[aria-label^='Size']", "60")
    draw(page, canvas, (0.1, 0.15), (0.9, 0.15))
    number(page, "img2img_denoising_strength").fill("0.1")
    result = np.asarray(run(page).convert("RGB"), int)
    red, green, blue = result[12:24, 40:90].mean(axis=(0, 1))
    assert green > red + 60 and green > blue + 60

    page.click("#img2img_copy_sketch_to_inpaint")
    page.wait_for_selector("#img2maskimg .loaded")
    copied = page.eval_on_selector(
        "#img2maskimg .canvas-picture", "c => [...c.getContext('2d').getImageData(64, 19, 1, 1).data]"
    )
    assert copied == [0, 255, 0, 255], "what was painted is copied along"


def test_an_inpaint_sketch_changes_what_was_painted(page):
    canvas = open_mode(page, "inpaint_sketch")
    load(page, canvas, noise())
    draw(page, canvas, (0.3, 0.5), (0.7, 0.5))
    assert page.is_visible("#img2img_mask_alpha")
    number(page, "img2img_mask_blur").fill("0")
    painted = alpha_on_screen(page, canvas) > 0
    changed = np.abs(np.asarray(run(page).convert("RGB"), int) - np.asarray(noise(), int)).max(axis=2)
    assert changed[~painted].max() == 0 and changed[painted].mean() > 5


def test_an_uploaded_mask_counts(page):
    open_mode(page, "inpaint_upload")
    mask = Image.new("L", (128, 128))
    mask.paste(255, (0, 64, 128, 128))
    load(page, "img_inpaint_base", noise())
    page.click("#img2img_generate")
    expect(page.locator("#html_log_img2img")).to_contain_text("Put a mask into the second field")
    wait_until_idle(page)
    load(page, "img_inpaint_mask", mask)
    number(page, "img2img_mask_blur").fill("0")
    changed = np.abs(np.asarray(run(page).convert("RGB"), int) - np.asarray(noise(), int)).max(axis=2)
    assert changed[:64].max() == 0 and changed[64:].mean() > 5


def test_mistakes_are_told_and_sizes_follow(page):
    canvas = open_mode(page, "img2img")
    page.click("#img2img_generate")
    expect(page.locator("#html_log_img2img")).to_contain_text("Put a picture into the field above first")
    wait_until_idle(page)
    page.set_input_files(
        f"#{canvas} input[type=file]", {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.locator(f"#{canvas} .canvas-said")).to_contain_text("cannot be read")
    page.evaluate(DROP, [canvas, base64.b64encode(png(noise(96, 160))).decode()])
    page.wait_for_selector(f"#{canvas} .loaded")
    page.click("#img2img_detect_image_size_btn")
    assert [number(page, f"img2img_{side}").input_value() for side in ("width", "height")] == ["96", "160"]
    number(page, "img2img_height").fill("96")
    shape, whole = (page.locator(name).bounding_box() for name in ("#imageARPreview", f"#{canvas} .canvas-picture"))
    assert shape["width"] == pytest.approx(shape["height"], abs=1) == pytest.approx(whole["width"], abs=1)
    page.click("#img2img_detect_image_size_btn")
    page.click('#img2img_tabs_resize [role=tab][aria-controls="img2img_tab_resize_by"]')
    preview = page.locator("#img2img_scale_resolution_preview")
    expect(preview).to_contain_text("from 96x160 to 96x160")
    number(page, "img2img_scale").fill("0.8")
    expect(preview).to_contain_text("from 96x160 to 72x128")
    assert run(page).size == (72, 128)
    page.keyboard.press("Escape")
    assert Path(uploaded_path(page)).exists()
    paste = (
        DROP.replace("drop", "paste").replace("DragEvent", "ClipboardEvent").replace("dataTransfer:", "clipboardData:")
    )
    page.evaluate(paste, [canvas, base64.b64encode(png(noise(64, 64))).decode()])
    page.wait_for_function("id => document.querySelector(`#${id} .canvas-picture`).width === 64", arg=canvas)


STROKE = """async id => {
    const frame = document.querySelector(`#${id} .canvas-frame`);
    const box = document.querySelector(`#${id} .canvas-picture`).getBoundingClientRect();
    frame.setPointerCapture = () => {};
    const send = (kind, i) => frame.dispatchEvent(new PointerEvent(kind, { pointerId: 1, button: 0, bubbles: true,
        clientX: box.left + 30 + i * 10, clientY: box.top + 30 + i * 8 }));
    const shown = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
    const times = [];
    send("pointerdown", 0);
    for (let i = 1; i < 20; i++) {
        const began = performance.now();
        send("pointermove", i);
        await shown();
        times.push(performance.now() - began);
    }
    send("pointerup", 20);
    return times.sort((a, b) => a - b)[10] }"""


def test_a_stroke_on_a_large_picture_is_seen_at_once(page):
    canvas = open_mode(page, "inpaint")
    load(page, canvas, Image.new("RGB", (2048, 2048), (30, 90, 60)))
    assert page.evaluate(STROKE, canvas) < 50, "milliseconds from the movement to the picture, the median of 19"
    assert page.is_enabled(f"#{canvas} .icon-undo"), "there is something to take back"


def test_on_a_phone_all_sub_tabs_are_there_and_values_outlive_a_reload(page):
    page.set_viewport_size({"width": 390, "height": 844})
    canvas = open_mode(page, "img2img")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    load(page, canvas, noise())
    page.click("#img2img_copy_img2img_to_inpaint_sketch")
    page.wait_for_selector("#inpaint_sketch .loaded")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    number(page, "img2img_denoising_strength").fill("0.33")
    page.click("#img2img_mask_mode label:has-text('Inpaint not masked')")
    page.wait_for_function("sessionStorage.img2img_fields?.includes('Inpaint not masked')")
    page.reload()
    page.wait_for_selector(READY)
    open_mode(page, "inpaint")
    expect(number(page, "img2img_denoising_strength")).to_have_value("0.33")
    assert page.is_checked("#img2img_mask_mode input[value='Inpaint not masked']")


def test_a_reloaded_page_shows_the_job_and_a_result_is_inpainted(page):
    canvas = open_mode(page, "img2img")
    load(page, canvas, noise())
    number(page, "img2img_steps").fill("150")
    page.focus("#img2img_prompt textarea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".livePreview img")
    page.reload()
    page.wait_for_selector(READY)
    page.click('#tabs [role=tab][aria-controls="tab_img2img"]')
    page.wait_for_selector("#img2img_gallery_container .progressDiv")
    page.click("#img2img_interrupt")
    wait_until_idle(page)
    expect(page.locator("#html_log_img2img")).to_contain_text("Time taken")

    page.click("#img2img_send_to_inpaint")
    page.wait_for_selector("#img2maskimg .loaded")
    number(page, "img2img_steps").fill("6")
    number(page, "img2img_mask_blur").fill("1")
    page.click("#img2img_inpaint_full_res label:has-text('Only masked')")
    draw(page, "img2maskimg", (0.4, 0.4), (0.6, 0.6))
    parameters = parse_infotext(read_infotext(run(page)).infotext)
    assert (parameters["Inpaint area"], parameters["Masked area padding"]) == ("Only masked", "32")
    assert (parameters["Mask blur"], parameters["Size-1"]) == ("1", "128")
