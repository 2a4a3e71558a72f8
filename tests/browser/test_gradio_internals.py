"""What we take from Gradio's insides is still there. When this fails after an update of Gradio, read the two files

`modules/frontend/gradio_internals.py` and `modules/frontend/assets/javascript/gradio_selectors.js`.
"""

import re
import threading
import time
import urllib.request
from pathlib import Path

import gradio as gr
import pytest
import uvicorn
from fastapi import FastAPI

from modules.frontend.gradio_internals import closed_accordion
from modules.frontend.page_head import ASSETS
from tests.browser.conftest import GOLDEN, free_port, generate, number


def test_our_scripts_are_in_the_html_itself(server):
    html = urllib.request.urlopen(server.url).read().decode()
    head, rest = html.split("</head>", 1)
    assert 'src="webui-assets/javascript/main.js"' in head
    assert head.index("easel_settings") > head.index("gradio_config")
    assert "webui-assets" not in rest


def test_every_selector_of_ours_finds_something(page):
    number(page, "batch_count").fill("2")
    page.fill("#txt2img_prompt textarea", "a\nSteps: 4, Sampler: Euler, Seed: 1, Size: 64x64, Clip skip: 2")
    page.click("#paste")
    page.wait_for_selector(".token")
    generate(page)
    page.click('#tabs [role=tab]:text-is("PNG Info")')
    page.set_input_files("#pnginfo_image input[type=file]", GOLDEN / "cases" / "inputs" / "photo128.png")
    page.wait_for_selector("#pnginfo_image img")
    page.click('#tabs [role=tab]:text-is("txt2img")')
    page.click("#txt2img_sampling input")
    text = (ASSETS / "javascript" / "gradio_selectors.js").read_text()
    selectors = dict(re.findall(r"""export const (\w+) = (["'].*["']);""", text))
    assert len(selectors) >= 7
    missing = [name for name, quoted in selectors.items() if page.locator(quoted[1:-1]).count() == 0]
    assert missing == []


def test_hidden_parts_are_in_the_page(page):
    for name in ("txt2img_token_button", "txt2img_show_result", "generation_info_txt2img", "settings_json"):
        assert page.locator(f"#{name}").count() == 1, name
        assert not page.locator(f"#{name}").is_visible()


def test_pictures_are_served_from_where_they_were_saved(page, server):
    generate(page)
    source = page.locator("#txt2img_gallery .preview .media-button img").get_attribute("src")
    newest = max(server.outputs, key=lambda path: path.stat().st_mtime)
    assert source.endswith(f"/gradio_api/file={newest}")
    for secret in (server.folder / "config.json", Path(__file__)):
        assert page.request.get(f"{server.url}/gradio_api/file={secret}").status in (403, 404)


def test_gradios_own_footer_toasts_and_spinners_are_not_shown(page):
    number(page, "seed").fill("1e30")
    generate(page)
    for selector in ("footer", ".toast-wrap", ".toast-body", "[data-testid=status-tracker]"):
        assert all(not part.is_visible() for part in page.locator(selector).all()), selector


@pytest.fixture
def accordion_url():
    with gr.Blocks(analytics_enabled=False) as blocks, closed_accordion("More", elem_id="more"):
        gr.Textbox("inside", elem_id="inside")
    server = FastAPI()
    gr.mount_gradio_app(server, blocks, path="/", ssr_mode=False, run_history=False)
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(server, port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def test_a_closed_accordion_has_its_content_in_the_page(context, accordion_url):
    page = context.new_page()
    page.goto(accordion_url)
    page.wait_for_selector("#more")
    page.wait_for_selector("#inside textarea", state="attached")
    assert not page.locator("#inside textarea").is_visible()
