"""What a person does with the img2img tab: open a sub-tab, load a picture, draw, generate."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import WATCH_FOR_A_JOB, wait_until_idle

TABS = {
    "img2img": ("img2img_img2img_tab", "img2img_image"),
    "sketch": ("img2img_img2img_sketch_tab", "img2img_sketch"),
    "inpaint": ("img2img_inpaint_tab", "img2maskimg"),
    "inpaint_sketch": ("img2img_inpaint_sketch_tab", "inpaint_sketch"),
    "inpaint_upload": ("img2img_inpaint_upload_tab", "img_inpaint_base"),
}
ALPHA = """id => { const c = document.querySelector(`#${id} .canvas-drawn`);
    const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    return { width: c.width, height: c.height, alpha: Array.from(d.filter((_, i) => i % 4 === 3)) } }"""

DROP = """([id, data]) => { const t = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    t.items.add(new File([bytes], "p.png", { type: "image/png" }));
    document.querySelector(`#${id} .canvas-frame`)
        .dispatchEvent(new DragEvent("drop", { dataTransfer: t, bubbles: true })) }"""


def number(page, elem_id):
    return page.locator(f"#{elem_id} input[type=number]")


def open_mode(page, mode):
    tab, canvas = TABS[mode]
    if not page.is_visible("#mode_img2img"):
        page.click('#tabs [role=tab][aria-controls="tab_img2img"]')
        page.wait_for_selector("#img2img_settings[data-mode]")
    page.click(f'#mode_img2img [role=tab][aria-controls="{tab}"]')
    page.wait_for_selector(f"#{canvas} .canvas-frame")
    number(page, "img2img_steps").fill("6")
    return canvas


def press_generate(page, tab="img2img"):
    """Press Generate and wait for the end of the job, which may come before this process looks again."""
    page.evaluate(WATCH_FOR_A_JOB)
    page.click(f"#{tab}_generate")
    page.wait_for_function("window.aJobRan")
    wait_until_idle(page)


def run(page, tab="img2img"):
    press_generate(page, tab)
    expect(page.locator(f"#html_log_{tab}")).to_contain_text("Time taken")
    return shown(page, tab)


def shown(page, tab="img2img"):
    address = page.locator(f"#{tab}_gallery .preview .media-button img").get_attribute("src")
    return Image.open(io.BytesIO(page.request.get(address).body()))


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def noise(width=128, height=128):
    pixels = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height))


def load(page, canvas, image, name="picture.png"):
    page.set_input_files(f"#{canvas} input[type=file]", {"name": name, "mimeType": "image/png", "buffer": png(image)})
    page.wait_for_selector(f"#{canvas} .loaded")
    page.wait_for_function(
        "([id, w]) => document.querySelector(`#${id} .canvas-picture`).width === w", arg=[canvas, image.width]
    )


def draw(page, canvas, *points):
    """Draw a stroke through points given in shares of the picture."""
    page.locator(f"#{canvas} .canvas-frame").scroll_into_view_if_needed()
    box = page.locator(f"#{canvas} .canvas-picture").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def alpha_on_screen(page, canvas):
    seen = page.evaluate(ALPHA, canvas)
    return np.array(seen["alpha"], np.uint8).reshape(seen["height"], seen["width"])


def uploaded_path(page, index=-1):
    return page.uploads[index].json()[0]
