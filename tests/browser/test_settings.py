"""The Settings tab and styles, as a person uses them; and the files of somebody who comes from A1111."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import READY, Server, Watch, fill_models, number

DATA = Path(__file__).parents[1] / "data"


def open_settings(page, title="Stable Diffusion"):
    page.get_by_role("tab", name="Settings").first.click()
    page.wait_for_selector('#settings[data-ready="yes"]')
    show(page, title)


def show(page, title):
    page.locator("#settings_menu nav").get_by_role("button", name=title, exact=True).click()


def apply(page):
    page.click("#settings_submit")
    expect(page.locator("#settings_waiting")).to_have_text("")
    return page.locator("#settings_result").inner_text()


@pytest.fixture
def own_server(tmp_path, browser):
    """A server of its own over files of A1111, and a page of it."""
    fill_models(tmp_path)
    settings = json.loads((DATA / "api" / "a1111_settings.json").read_text(encoding="utf-8"))
    config = {key: row["default"] for key, row in settings.items()} | {
        "CLIP_stop_at_last_layers": 2,
        "samples_filename_pattern": "[seed]-[model_name]",
        "quicksettings_list": ["sd_model_checkpoint", "CLIP_stop_at_last_layers", "tiling"],
        "tiling": "perhaps",
        "of_an_extension": ["kept"],
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    page_defaults = json.loads((DATA / "api" / "a1111_ui_config.json").read_text(encoding="utf-8")) | {
        "txt2img/Prompt/value": "a castle 🏰",
        "txt2img/Sampling method/value": "Euler a",
        "txt2img/Width/maximum": 4096,
        "txt2img/Width/value": 640,
        "img2img/Denoising strength/value": "strong",
    }
    (tmp_path / "ui-config.json").write_text(json.dumps(page_defaults))
    (tmp_path / "styles.csv").write_bytes(
        'name,prompt,negative_prompt\r\nMïne,"{prompt}, oil",bad\r\n'.encode("utf-8-sig")
    )
    running = Server(tmp_path).start()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    watch, page = Watch(running.url), context.new_page()
    watch.attach(page)
    page.goto(running.url)
    page.wait_for_selector(READY)
    yield running, page
    context.close()
    running.stop()
    assert watch.external == [] and watch.complaints == []


def test_the_files_of_an_a1111_user_are_taken_over(own_server):
    server, page = own_server
    expect(page.locator("#startup_notices li")).to_have_count(2)
    notices = page.inner_text("#startup_notices")
    assert "tiling takes true or false" in notices and "img2img/Denoising strength/value takes a number" in notices
    # ui-config.json
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a castle 🏰")
    expect(number(page, "width")).to_have_value("640")
    expect(number(page, "width")).to_have_attribute("max", "4096")
    expect(page.locator("#txt2img_sampling input")).to_have_value("Euler a")
    # config.json
    expect(page.locator("#setting_CLIP_stop_at_last_layers input[type=number]")).to_have_value("2")
    open_settings(page, "Saving images/grids")
    expect(page.locator("#control_samples_filename_pattern")).to_have_value("[seed]-[model_name]")
    # styles.csv
    page.get_by_role("tab", name="txt2img").first.click()
    page.click("#txt2img_styles input")
    page.get_by_role("option", name="Mïne").click()
    page.keyboard.press("Escape")
    page.click("#txt2img_style_apply")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a castle 🏰, oil")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value("bad")

    # What is in the page now becomes what it begins with, and the checkbox of the bad value can be set.
    open_settings(page, "Defaults")
    page.click("#ui_defaults_view")
    expect(page.locator("#ui_defaults_review tr")).to_have_count(3)
    page.click("#ui_defaults_apply")
    expect(page.locator("#ui_defaults_review")).to_have_text("2 values are kept in ui-config.json.")
    show(page, "Gallery")
    page.fill("#control_gallery_height", "500px")
    assert "1 setting changed: gallery_height. Press Reload UI to see gallery_height take effect." in apply(page)
    written = json.loads((server.folder / "config.json").read_text())
    assert written["gallery_height"] == "500px" and written["of_an_extension"] == ["kept"]
    assert written["tiling"] == "perhaps", "nothing is lost"
    page.evaluate("window.before = true")
    page.click("#settings_restart_gradio")
    page.wait_for_function(
        "window.before !== true && document.documentElement.dataset.easel === 'ready'", timeout=60_000
    )
    newcomer = page.context.new_page()  # with nothing remembered of what was typed before
    newcomer.goto(server.url)
    expect(newcomer.locator("#txt2img_neg_prompt textarea")).to_have_value("bad")
    kept = json.loads((server.folder / "ui-config.json").read_text(encoding="utf-8"))
    assert kept["txt2img/Negative prompt/value"] == "bad"


def test_settings_are_found_changed_marked_and_put_back(page, server):
    open_settings(page)
    page.fill("#settings_search", "clip word wrap")
    expect(page.locator("#settings_search_result")).to_have_text("No setting is called so.")
    page.fill("#settings_search", "comma_padding")
    expect(page.locator(".setting.hit")).to_have_count(1)
    box = page.locator("#setting_comma_padding_backtrack input[type=number]")
    box.fill("33")
    expect(page.locator("#setting_comma_padding_backtrack")).to_have_class(re.compile("changed"))
    expect(page.locator("#settings_waiting")).to_have_text("1 change not applied yet")
    page.fill("#settings_search", "")
    show(page, "Sampler parameters")
    page.fill("#control_sigma_min", "")
    assert page.locator("#settings_menu button[data-count='1']").count() == 2
    page.click("#settings_submit")
    expect(page.locator("#settings_result")).to_contain_text("Setting sigma_min takes a number")
    assert server.get("sdapi/v1/options")["comma_padding_backtrack"] == 20, "all or nothing"
    page.locator("#setting_sigma_min .reset").click()
    assert "1 setting changed: comma_padding_backtrack." in apply(page)
    assert server.get("sdapi/v1/options")["comma_padding_backtrack"] == 33
    show(page, "Stable Diffusion")
    page.locator("#setting_comma_padding_backtrack .reset").click()
    apply(page)
    assert server.get("sdapi/v1/options")["comma_padding_backtrack"] == 20
    page.click("#settings_show_all_pages")
    assert page.locator("section.settings-page.shown").count() > 25
    page.click("#settings_show_one_page")
    expect(page.locator(".settings-page.shown")).to_have_count(1)


def test_the_other_pages_work(page, server, tmp_path):
    open_settings(page, "Licenses")
    expect(page.locator("#licenses")).to_contain_text("gradio")
    show(page, "Actions")
    page.click("#sett_unload_sd_model")
    expect(page.locator("#settings_actions_result")).to_have_text("No checkpoint is in memory now.")
    page.click("#sett_reload_sd_model")
    expect(page.locator("#settings_actions_result")).to_have_text("The checkpoint is in memory.")
    page.click("#sett_look_for_files")
    expect(page.locator("#settings_actions_result")).to_contain_text("Found 4 checkpoints")
    page.click("#settings_reload_script_bodies")
    expect(page.locator("#settings_actions_result")).to_have_text("No script file has changed.")
    with page.expect_download() as download:
        page.click("#download_localization")
    template = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert template["Generate"] == "Generate" and template["Apply settings"] == "Apply settings"
    show(page, "Sysinfo")
    with page.expect_download() as download:
        page.click("#sysinfo_download")
    text = download.value.path().read_text()
    assert json.loads(text)["Config"]["comma_padding_backtrack"] == 20
    for name, content, verdict in (
        ("sysinfo.json", text, "as Easel wrote it"),
        ("changed.json", text.replace('padding_backtrack": 20', 'padding_backtrack": 21'), "was changed after"),
        ("other.json", "{}", "no sysinfo file of Easel"),
    ):
        (tmp_path / name).write_text(content)
        page.set_input_files("#sysinfo_check_file input[type=file]", tmp_path / name)
        expect(page.locator("#sysinfo_validity")).to_contain_text(verdict)
        page.locator("#sysinfo_check_file button[aria-label='Clear']").click()
        expect(page.locator("#sysinfo_validity")).to_have_text("")


def test_a_style_is_made_used_and_deleted(page, server):
    page.on("dialog", lambda dialog: dialog.accept())
    page.fill("#txt2img_prompt textarea", "ink drawing of {prompt}")
    page.click("#txt2img_styles_edit_button")
    page.fill("#txt2img_styles_edit_select", "Ink, “fine”")
    page.click("#txt2img_style_copy")
    page.fill("#txt2img_edit_style_neg_prompt", 'blurry, "low"')
    page.click("#txt2img_edit_style_save")
    expect(page.locator("#txt2img_styles_message")).to_have_text("Saved.")
    page.keyboard.press("Escape")
    assert server.get("sdapi/v1/prompt-styles") == [
        {"name": "Ink, “fine”", "prompt": "ink drawing of {prompt}", "negative_prompt": 'blurry, "low"'}
    ]
    page.fill("#txt2img_prompt textarea", "a fox")
    page.click("#txt2img_styles input")
    page.get_by_role("option", name="Ink").click()
    expect(page.locator("#txt2img_token_counter")).to_contain_text("5/75")
    page.get_by_role("tab", name="img2img").first.click()
    page.click("#img2img_styles_edit_button")
    page.fill("#img2img_styles_edit_select", "Ink, “fine”")
    page.keyboard.press("Tab")
    expect(page.locator("#img2img_edit_style_prompt")).to_have_value("ink drawing of {prompt}")
    page.click("#img2img_edit_style_delete")
    expect(page.locator("#img2img_styles_message")).to_have_text("Deleted.")
    assert server.get("sdapi/v1/prompt-styles") == []
    expect(page.locator("#txt2img_styles .token")).to_have_count(0)
