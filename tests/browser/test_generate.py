"""From the prompt to the saved picture, as a person does it."""

import io
import re
import time

from PIL import Image
from playwright.sync_api import expect

from modules.imaging.infotext import parse_infotext
from modules.imaging.metadata import read_infotext
from tests.browser.conftest import (
    WATCH_THE_PROGRESS,
    generate,
    log_line,
    make_long,
    make_quick,
    number,
    shown_infotext,
    wait_until_idle,
)


def picture_file(page):
    """The bytes of the picture shown large, as the browser gets them."""
    return page.request.get(page.locator("#txt2img_gallery .preview .media-button img").get_attribute("src")).body()


def test_a_prompt_becomes_a_saved_picture_with_its_infotext(page, server):
    make_quick(page, steps=60)
    page.fill("#txt2img_prompt textarea", 'a red apple, <b>"quoted"</b> & ünïcödé 🍎')
    page.fill("#txt2img_neg_prompt textarea", "blurry")
    number(page, "seed").fill("4321")

    page.evaluate(WATCH_THE_PROGRESS)
    generate(page)

    told = page.evaluate("window.toldProgress")
    assert any(re.search(r"\d+%.*step \d+/60", moment["said"], re.DOTALL) for moment in told)
    assert any(re.match(r"\[\d+%.*\] Stable Diffusion", moment["title"]) for moment in told)
    assert any(moment["seen"] for moment in told), "a picture of the way there is shown"
    assert page.title() == "Stable Diffusion"
    assert log_line(page).startswith("Time taken:")
    assert "ünïcödé 🍎" in shown_infotext(page)
    newest = max(server.outputs, key=lambda path: path.stat().st_mtime)
    assert newest.name.endswith("-4321.png")
    assert newest.read_bytes() == picture_file(page), "the browser gets the very file, metadata included"
    infotext = read_infotext(Image.open(io.BytesIO(picture_file(page)))).infotext
    parameters = parse_infotext(infotext)
    assert parameters["Prompt"].startswith("a red apple, <b>")
    assert (parameters["Steps"], parameters["Seed"], parameters["Size-1"]) == ("60", "4321", "64")
    assert "".join(infotext.split()) == "".join(shown_infotext(page).split())


def test_interrupt_ends_a_long_job_within_a_step(page, server):
    make_long(page)
    page.click("#txt2img_generate")
    page.wait_for_selector(".livePreview img")

    began = time.monotonic()
    page.click("#txt2img_interrupt")
    assert page.is_visible("#txt2img_interrupting"), "the button answers at once"
    assert not page.is_visible("#txt2img_skip")
    wait_until_idle(page)

    assert time.monotonic() - began < 5
    assert "Interrupted" in log_line(page)
    assert page.is_visible("#txt2img_generate")


def test_an_interrupt_before_the_server_knows_the_job_is_not_lost(page):
    make_long(page)
    page.evaluate("document.querySelector('#txt2img_generate').click()")
    page.wait_for_selector(".generate-box.running", state="attached")
    page.evaluate("document.querySelector('#txt2img_interrupt').click()")
    began = time.monotonic()
    wait_until_idle(page)
    assert time.monotonic() - began < 8


def test_skip_goes_on_with_the_next_batch(page):
    make_long(page)
    number(page, "batch_count").fill("2")
    page.click("#txt2img_generate")
    page.wait_for_selector(".livePreview img")
    page.keyboard.press("Alt+Enter")
    page.wait_for_function("document.querySelector('.progressDiv .said').innerText.match(/^(5|6|7|8|9)\\d%/)")
    page.keyboard.press("Escape")
    wait_until_idle(page)


def test_infotext_and_recycle_follow_the_picture_chosen(page):
    number(page, "batch_count").fill("2")
    number(page, "seed").fill("100")
    generate(page)

    thumbnails = page.locator("#txt2img_gallery .thumbnails .thumbnail-item")
    expect(thumbnails).to_have_count(3)  # the grid, then the pictures
    thumbnails.nth(1).click()
    expect(page.locator("#html_info_txt2img")).to_contain_text("Seed: 100")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#html_info_txt2img")).to_contain_text("Seed: 101")
    page.click("#txt2img_reuse_seed")
    assert number(page, "seed").input_value() == "101"
    page.click("#txt2img_random_seed")
    assert number(page, "seed").input_value() == "-1"


def test_ctrl_enter_interrupts_and_starts_again(page):
    make_long(page)
    page.focus("#txt2img_prompt textarea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".livePreview img")
    first = page.evaluate("sessionStorage.txt2img_task_id")

    page.keyboard.press("Control+Enter")
    page.wait_for_function("id => sessionStorage.txt2img_task_id && sessionStorage.txt2img_task_id !== id", arg=first)
    page.keyboard.press("Escape")
    wait_until_idle(page)
    assert page.input_value("#txt2img_prompt textarea") == "", "Enter wrote no line"


def test_a_page_reloaded_during_a_job_shows_it_and_gets_its_pictures(page):
    make_quick(page, steps=150)
    page.fill("#txt2img_prompt textarea", "kept over the reload")
    number(page, "seed").fill("777")
    page.click("#txt2img_generate")
    page.wait_for_selector(".livePreview img")

    page.reload()
    page.wait_for_selector(".progressDiv")
    assert page.is_visible("#txt2img_interrupt")
    assert page.input_value("#txt2img_prompt textarea") == "kept over the reload"
    assert number(page, "steps").input_value() == "150"
    wait_until_idle(page)

    expect(page.locator("#html_info_txt2img")).to_contain_text("Seed: 777")
    assert page.locator("#txt2img_gallery .preview .media-button img").is_visible()


def test_two_tabs_share_one_queue_in_order(open_page):
    first, second, third = (make_long(open_page()) for _ in range(3))
    first.click("#txt2img_generate")
    first.wait_for_selector(".livePreview img")
    second.click("#txt2img_generate")
    expect(second.locator(".progressDiv")).to_contain_text("In queue: 1/1")
    third.click("#txt2img_generate")
    expect(third.locator(".progressDiv")).to_contain_text("In queue: 2/2")
    expect(second.locator(".progressDiv")).to_contain_text("In queue: 1/2")

    third.click("#txt2img_interrupt")
    wait_until_idle(third)
    assert "Cancelled" in log_line(third)
    first.click("#txt2img_interrupt")
    wait_until_idle(first)
    second.wait_for_selector(".livePreview img")
    second.click("#txt2img_interrupt")
    wait_until_idle(second)


def test_mistakes_are_told_in_one_sentence_and_the_page_goes_on(page):
    page.fill("#txt2img_prompt textarea", "x " * 50_001)
    expect(page.locator("#txt2img_token_counter")).to_contain_text("too long")
    generate(page)
    assert log_line(page) == "The prompt has 100,002 characters; shorten it to 50,000 or fewer."

    page.fill("#txt2img_prompt textarea", "fine")
    number(page, "width").evaluate("field => { field.value = '7'; updateInput(field) }")
    generate(page)
    assert "Width must be" in log_line(page)

    number(page, "width").fill("64")
    number(page, "seed").fill("1e30")
    generate(page)
    assert log_line(page).startswith("Seed must be a whole number")

    number(page, "seed").fill("")
    generate(page)
    assert log_line(page).startswith("Time taken:")
