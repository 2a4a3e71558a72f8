"""The server stops, starts, cannot start: what the page says meanwhile."""

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import READY, Server, fill_models, make_quick


@pytest.fixture
def own_server(tmp_path):
    fill_models(tmp_path)
    running = Server(tmp_path)
    yield running
    running.stop()


def open_as_soon_as_possible(page, url):
    for _ in range(100):
        try:
            return page.goto(url)
        except Error:
            page.wait_for_timeout(100)
    return page.goto(url)


def test_a_server_that_starts_stops_and_comes_back(context, own_server):
    own_server.launch()
    page = context.new_page()
    open_as_soon_as_possible(page, own_server.url)
    expect(page.locator("#stage")).to_contain_text("…")
    page.wait_for_selector(READY, timeout=90_000)

    make_quick(page, steps=150)
    page.fill("#txt2img_prompt textarea", "typed before")
    page.click("#txt2img_generate")
    page.wait_for_selector(".progressDiv")
    own_server.process.kill()  # with a gentler end, the interrupted job's pictures may still arrive
    own_server.process.wait()
    expect(page.locator("#connection_line")).to_contain_text("Connection lost")
    page.fill("#txt2img_neg_prompt textarea", "typed while it was away")

    own_server.start()
    page.wait_for_selector(f"{READY}:not(:has(#connection_line))", timeout=60_000)
    expect(page.locator("#html_log_txt2img")).to_contain_text("ended when the server was stopped")
    assert page.input_value("#txt2img_prompt textarea") == "typed before"
    assert page.input_value("#txt2img_neg_prompt textarea") == "typed while it was away"
    assert page.is_visible("#txt2img_generate")

    page.evaluate("window.before = true")
    page.click("#footer_reload_ui")
    page.wait_for_function("!window.before", timeout=30_000)
    page.wait_for_selector(READY)
    assert page.input_value("#txt2img_prompt textarea") == "typed before"


def test_a_failed_start_is_explained_on_the_starting_page(context, tmp_path):
    (tmp_path / "models").write_text("a file where a folder should be")
    broken = Server(tmp_path)
    broken.launch()
    page = context.new_page()
    try:
        open_as_soon_as_possible(page, broken.url)
        expect(page.locator("body.failed #stage")).to_contain_text("Cannot make the folder")
    finally:
        broken.stop()
