"""The page in Chinese: what is translated, what is not, and what is put into it later."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import READY, Watch, generate, make_quick

# What is called so in every language.
NAMES = re.compile(r"DPM|DDIM|Euler|Align|KL |SGM|DAT |R-ESRGAN|ScuNET|SwinIR|Stable Diffusion|WebUI|sigma ")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHARE_MISSING = 0.02
"""Texts that came in lately."""
TABS = ("img2img", "extras", "pnginfo", "settings")


def open_tab(page, name):
    page.locator(f"#tabs [role=tab][aria-controls='tab_{name}']").first.click()


@pytest.fixture
def chinese_page(context, server):
    """The page in Chinese; afterwards the server is as before."""
    server.set_options(localization="zh_CN")
    watch = Watch(server.url)
    page = context.new_page()
    watch.attach(page)
    page.goto(server.url)
    page.wait_for_selector(READY)
    yield page
    server.set_options(localization="None")
    assert watch.external == [] and watch.complaints == []


def test_the_page_is_chinese_and_prompts_are_not(chinese_page):
    page = chinese_page
    expect(page.locator("#txt2img_generate")).to_have_text("生成")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    prompt = page.locator("#txt2img_prompt textarea")
    assert prompt.get_attribute("placeholder").startswith("提示词")
    assert page.evaluate("window.localization['Sampling method']") == "采样方法"
    prompt.fill("Seed, Generate")
    make_quick(page)
    generate(page)
    expect(page.locator("#html_info_txt2img")).to_contain_text("Seed, Generate")
    expect(page.locator("#html_info_txt2img")).to_contain_text("Steps: 4")

    prompt.fill("(" * 400)
    page.click("#txt2img_generate")
    expect(page.locator("#html_log_txt2img .error")).to_contain_text("提示词的括号嵌套超过")

    for tab in TABS:
        open_tab(page, tab)
    page.wait_for_selector("#settings[data-ready]")
    page.locator("#settings_menu button", has_text="用户界面").click()
    menu = page.locator("#control_localization")
    assert menu.locator("option").all_text_contents()[0] == "无" and menu.input_value() == "zh_CN"
    page.locator("#control_show_progressbar").evaluate("box => { box.click(); }")
    expect(page.locator("#settings_waiting")).to_have_text("1 项更改尚未保存")
    reset = page.locator("#setting_show_progressbar .reset")
    expect(reset).to_have_attribute("aria-label", "将“显示进度条”恢复默认值")

    page.locator("#settings_menu button[data-page=settings_tab_actions]").click()
    with page.expect_download() as download:
        page.click("#download_localization")
    template = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert template["Generate"] == "生成" and template["Send to txt2img"] == "发送到文生图"
    assert not any(CHINESE.search(original) for original in template), "originals, not translations"
    same = [text for text in template if template[text] == text and " " in text and not NAMES.match(text)]
    assert len(same) <= len(template) * SHARE_MISSING, f"put into localizations/zh_CN.json: {same}"
