"""The full page viewer, and what is told of finished pictures to somebody who looks elsewhere."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import generate, make_quick, number

VIEWER = "#lightboxModal[open]"
PICTURE = "#modalImage"


@pytest.fixture
def pictures(page):
    """Two pictures and their sheet in the gallery."""
    make_quick(page, steps=1)
    number(page, "batch_size").fill("2")
    number(page, "batch_size").blur()
    page.fill("#txt2img_prompt textarea", "a cat")
    generate(page)
    expect(page.locator("#txt2img_gallery .thumbnails .thumbnail-item")).to_have_count(3)
    return page


def source(page):
    return page.get_attribute(PICTURE, "src")


def test_the_viewer_shows_all_pictures_in_a_circle(pictures):
    page = pictures
    page.click("#txt2img_gallery .preview .media-button img")
    expect(page.locator(VIEWER)).to_be_visible()
    first = source(page)

    seen = [first]
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"document.querySelector('{PICTURE}').src !== {seen[-1]!r}")
        seen.append(source(page))
    assert len(set(seen)) == 3
    page.keyboard.press("ArrowRight")
    expect(page.locator(PICTURE)).to_have_attribute("src", first)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(PICTURE)).to_have_attribute("src", seen[-1])

    box = page.locator(PICTURE).bounding_box()
    assert box["height"] > 300, "it fills the window"
    page.click("#modal_zoom")
    assert page.locator(PICTURE).bounding_box()["height"] < 300, "it has its own size"
    page.mouse.move(640, 360)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"getComputedStyle(document.querySelector('{PICTURE}')).transform.includes('1.2')")
    page.click("#modal_tile_image")
    expect(page.locator(PICTURE)).to_be_hidden()

    page.keyboard.press("Escape")
    expect(page.locator(VIEWER)).to_have_count(0)
    expect(page.locator("#html_info_txt2img")).to_contain_text("Steps: 1")


def test_a_job_that_ends_while_nobody_looks_is_told(page):
    make_quick(page, steps=1)
    page.evaluate("""() => {
        window.told = [];
        document.hasFocus = () => false;
        window.Notification = class extends EventTarget {
            static permission = "granted";
            constructor(title, options) { super(); window.told.push(options.body); }
        };
        window.Audio = class { play() { window.told.push(`sound at ${this.volume}`); return Promise.resolve(); } };
    }""")
    generate(page)
    page.wait_for_function("window.told.length === 2")
    assert sorted(page.evaluate("window.told")) == ["1 picture is done.", "sound at 1"]
