"""Tabs in another order, and without some of them."""

from playwright.sync_api import expect

from tests.browser.conftest import READY

SHOWN = '#tabs > .tab-wrapper [role="tab"]:visible'


def reload_ui(page):
    page.evaluate("window.before = true; document.getElementById('reload_ui').click()")
    page.wait_for_function(
        "window.before !== true && document.documentElement.dataset.easel === 'ready'", timeout=60_000
    )


def test_the_page_opens_with_the_first_tab_and_leaves_out_hidden_ones(open_page, server):
    page = open_page()
    server.set_options(ui_tab_order=["PNG Info", "img2img"], hidden_tabs=["txt2img", "Train"])
    try:
        reload_ui(page)
        expect(page.locator(SHOWN)).to_have_text(["PNG Info", "img2img", "Extras", "Settings"])
        expect(page.locator("#pnginfo_image")).to_be_visible()
        page.get_by_role("tab", name="img2img").first.click()
        page.fill("#img2img_prompt textarea", "a fox")
        expect(page.locator("#img2img_token_counter")).to_contain_text("2/75")
        page.click("#img2img_generate")
        expect(page.locator("#html_log_img2img")).to_contain_text("Put a picture into the field above first")
    finally:
        server.set_options(ui_tab_order=[], hidden_tabs=[])
        reload_ui(page)
    expect(page.locator(SHOWN)).to_have_text(["txt2img", "img2img", "Extras", "PNG Info", "Settings"])
    page.wait_for_selector(READY)
    expect(page.locator("#txt2img_generate")).to_be_visible()
