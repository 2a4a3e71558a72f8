"""The cat of the first tutorial, on the starter model: drawn, changed, sketched on, repaired; each step can be redone.

Each step's saved picture is read by PNG info, and what it says makes the same picture again through the API.
"""

import base64
import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from modules.frontend.canvas_pictures import init_picture, picture_mask, read_pictures
from tests.browser.img2img_page import alpha_on_screen, draw, number, open_mode, png, run, uploaded_path

STEPS = 10


@pytest.fixture
def page(starter_page):
    return starter_page


def encoded(image):
    return base64.b64encode(png(image)).decode()


def call(server, route, **body):
    request = urllib.request.Request(
        f"{server.url}/sdapi/v1/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)


def newest(server, kind):
    """The file that was saved last, with what PNG info reads in it."""
    file = max(server.outputs, key=lambda path: (path.stat().st_mtime_ns, path.name))
    assert file.parent.parent.name == kind
    info = call(server, "png-info", image=base64.b64encode(file.read_bytes()).decode())
    return Image.open(file).convert("RGB"), info


def same_again(server, info, route, picture, **more):
    """Assert that the recipe makes the picture again."""
    made = call(server, route, infotext=info["info"], **more)["images"][0]
    made = Image.open(io.BytesIO(base64.b64decode(made))).convert("RGB")
    assert np.abs(np.asarray(made, int) - np.asarray(picture, int)).max() <= 2


def sent_pictures(page, mode, picture, drawing=None):
    """What the server was sent: uploads are named by their place in `page.uploads`."""
    names = {"picture": uploaded_path(page, picture), "drawing": drawing and uploaded_path(page, drawing)}
    return read_pictures(json.dumps({"mode": mode, **names}))


def green_share(picture):
    """Of the pixels in the outer fifth, how many are clearly green."""
    pixels = np.asarray(picture, int)
    edge = np.ones(pixels.shape[:2], bool)
    edge[26:-26, 26:-26] = False
    red, green, blue = pixels[edge].T
    return float(((green > red + 25) & (green > blue + 25)).mean())


def test_a_cat_is_drawn_changed_sketched_on_and_repaired(page, starter):
    cat = draw_a_cat(page, starter)
    changed = change_it(page, starter, cat)
    green = sketch_a_background(page, starter, changed)
    repair_a_region(page, starter, green)


def draw_a_cat(page, starter):
    page.fill("#txt2img_prompt textarea", "a cat on a blue background")
    number(page, "txt2img_steps").fill(str(STEPS))
    number(page, "txt2img_seed").fill("11")
    run(page, "txt2img")
    cat, info = newest(starter, "txt2img-images")
    assert info["parameters"]["Prompt"] == "a cat on a blue background"
    same_again(starter, info, "txt2img", cat)

    return cat


def change_it(page, starter, cat):
    """Send to img2img, with more denoising."""
    page.click("#txt2img_send_to_img2img")
    page.wait_for_selector("#img2img_image .loaded")
    expect(number(page, "img2img_seed")).to_have_value("11")
    number(page, "img2img_denoising_strength").fill("0.6")
    run(page)
    changed, info = newest(starter, "img2img-images")
    assert (info["parameters"]["Denoising strength"], info["parameters"]["Steps"]) == ("0.6", str(STEPS))
    original = sent_pictures(page, "img2img", -1).picture
    assert np.array_equal(np.asarray(original.convert("RGB")), np.asarray(cat)), "the picture sent is the one saved"
    same_again(starter, info, "img2img", changed, init_images=[encoded(original)])
    assert green_share(changed) < 0.1

    return changed


def sketch_a_background(page, starter, changed):
    """A green hint in Sketch makes the background green."""
    page.click("#img2img_copy_img2img_to_sketch")
    page.wait_for_selector("#img2img_sketch .loaded")
    canvas = open_mode(page, "sketch")
    number(page, "img2img_steps").fill(str(STEPS))
    page.fill(f"#{canvas} .canvas-colour", "#2fb344")
    page.fill(f"#{canvas} input[aria-label^='Size']", "62")
    draw(page, canvas, (0.06, 0.95), (0.06, 0.06), (0.94, 0.06), (0.94, 0.95))
    painted = alpha_on_screen(page, canvas) > 0
    assert 0.2 < painted.mean() < 0.7
    page.fill("#img2img_prompt textarea", "a cat on a green background")
    number(page, "img2img_denoising_strength").fill("0.75")
    run(page)
    green, info = newest(starter, "img2img-images")
    assert green_share(green) > max(0.5, green_share(changed) + 0.4)
    sketch = init_picture(sent_pictures(page, "sketch", -2, -1))
    same_again(starter, info, "img2img", green, init_images=[encoded(sketch)])

    return green


def repair_a_region(page, starter, green):
    """A region is painted anew, and only that."""
    page.click("#img2img_send_to_inpaint")
    page.wait_for_selector("#img2maskimg .loaded")
    canvas = "img2maskimg"
    page.click("#img2img_inpaint_full_res label:has-text('Only masked')")
    number(page, "img2img_mask_blur").fill("2")
    draw(page, canvas, (0.4, 0.4), (0.6, 0.4))
    run(page)
    repaired, info = newest(starter, "img2img-images")
    read = info["parameters"]
    assert (read["Inpaint area"], read["Mask blur"], read["Masked area padding"]) == ("Only masked", "2", "32")
    sent = sent_pictures(page, "inpaint", -2, -1)
    mask = picture_mask(sent)
    outside = np.asarray(mask) == 0
    difference = np.abs(np.asarray(repaired, int) - np.asarray(green, int)).max(axis=2)
    assert (difference[~outside] > 2).mean() > 0.3, "there is something new in the region"
    far = np.ones_like(outside)
    left, top, right, bottom = mask.getbbox()
    far[top - 6 : bottom + 6, left - 6 : right + 6] = False
    assert difference[far].max() == 0, "what is not masked stays to the bit"
    masked = {"inpaint_full_res": True, "inpaint_full_res_padding": 32, "mask_blur": 2, "inpainting_fill": 1}
    same_again(starter, info, "img2img", repaired, init_images=[encoded(sent.picture)], mask=encoded(mask), **masked)
