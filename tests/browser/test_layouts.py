"""The page laid out otherwise, by settings."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import generate, make_quick, shown_infotext
from tests.browser.test_tab_order import reload_ui

INDIGO = "rgb(79, 70, 229)"
"""Generate with the theme Soft, dark."""


@pytest.fixture
def laid_out(open_page, server):
    """Show the page with other settings, which are put back afterwards."""
    page, changed = open_page(), {}

    def lay_out(**settings):
        before = server.get("sdapi/v1/options")
        changed.update({key: before[key] for key in settings if key not in changed})
        server.set_options(**settings)
        reload_ui(page)
        return page

    yield lay_out
    server.set_options(**changed)
    reload_ui(page)


def top_of(page, elem_id):
    return page.locator(f"#{elem_id}").bounding_box()["y"]


def test_compact_prompts_with_items_in_another_order_and_prompts_used_before(laid_out):
    page = laid_out(
        compact_prompt_box=True,
        samplers_in_dropdown=False,
        dimensions_and_batch_together=False,
        ui_reorder_list=["batch", "seed"],
    )
    make_quick(page)
    left, right = page.locator("#txt2img_settings").bounding_box(), page.locator("#txt2img_results").bounding_box()
    prompt, button = page.locator("#txt2img_prompt").bounding_box(), page.locator("#txt2img_generate").bounding_box()
    assert prompt["x"] >= left["x"] and prompt["x"] + prompt["width"] <= left["x"] + left["width"] + 1
    assert button["x"] >= right["x"] and button["y"] < top_of(page, "txt2img_gallery_container")
    ids = ["prompt", "styles", "batch_count", "seed", "sampling", "steps", "width", "cfg_scale"]
    tops = [top_of(page, f"txt2img_{name}") for name in ids]
    assert tops == sorted(tops)

    page.fill("#txt2img_prompt textarea", "a small red house")
    expect(page.locator("#txt2img_token_counter")).to_contain_text("4/75")
    page.locator("#txt2img_sampling label", has_text="Euler a").click()
    page.locator("#txt2img_batch_count input[type=number]").fill("2")
    generate(page)
    assert "a small red house" in shown_infotext(page) and "Sampler: Euler a" in shown_infotext(page)

    page.fill("#txt2img_prompt textarea", "something else")
    page.fill("#txt2img_neg_prompt textarea", "blurry")
    page.click("#txt2img_prompt_history")
    page.locator(".used-prompt", has_text="a small red house").click()
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a small red house")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value("")
    page.once("dialog", lambda asked: asked.accept())
    page.click("#txt2img_prompt_history")
    page.click(".used-prompts-clear")
    expect(page.locator("#easel_popup")).to_have_count(0)
    page.click("#txt2img_prompt_history")
    expect(page.locator("#easel_popup")).to_contain_text("as soon as a picture was made")
    page.keyboard.press("Escape")

    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator("#txt2img_generate_box.mobile")).to_be_visible()
    assert top_of(page, "txt2img_script_list") < top_of(page, "txt2img_generate") < top_of(page, "txt2img_gallery")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert top_of(page, "txt2img_generate") < top_of(page, "txt2img_prompt") + 20


def test_settings_in_the_tab_count_for_its_jobs_and_follow_the_setting(laid_out):
    page = laid_out(
        extra_options_txt2img=["CLIP_stop_at_last_layers", "tiling"],
        extra_options_accordion=True,
        gradio_theme="me/not-there",
    )
    expect(page.locator("#startup_notices")).to_contain_text("'me/not-there' could not be fetched")
    page.click(".extra-options-accordion > button")
    clip_skip = page.locator("#txt2img_extra_option_CLIP_stop_at_last_layers input[type=number]")
    clip_skip.fill("3")
    clip_skip.blur()
    make_quick(page)
    generate(page)
    assert "Clip skip: 3" in shown_infotext(page)
    clip_skip.fill("1")
    clip_skip.blur()
    page.fill("#txt2img_prompt textarea", shown_infotext(page))
    page.locator("#txt2img_tools #paste").click()
    expect(clip_skip).to_have_value("3")
    expect(page.locator("#txt2img_override_settings")).to_be_hidden()


def test_settings_under_a_header_count_whether_it_is_open_or_not(laid_out):
    page = laid_out(txt2img_settings_accordion=True, compact_prompt_box=True, gradio_theme="gradio/soft")
    assert page.evaluate("getComputedStyle(document.querySelector('#txt2img_generate')).backgroundColor") == INDIGO
    expect(page.locator("#txt2img_prompt textarea")).to_be_visible()
    expect(page.locator("#txt2img_steps")).to_be_hidden()
    header = page.locator("#txt2img_settings_accordion > button")
    header.click()
    expect(page.locator("#txt2img_subseed_strength")).to_be_hidden()
    make_quick(page)
    header.click()
    expect(page.locator("#txt2img_steps")).to_be_hidden()
    generate(page)
    assert "Steps: 4," in shown_infotext(page) and "Size: 64x64" in shown_infotext(page)
