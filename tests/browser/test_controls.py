"""The controls beside Generate."""

from playwright.sync_api import expect

from tests.browser.conftest import READY, generate, log_line, number, shown_infotext, wait_until_idle

INFOTEXT = """a dog
Negative prompt: bad
Steps: 7, Sampler: DPM++ 2M Karras, CFG scale: 4.5, Seed: 123, Size: 192x256, Batch size: 2, Model: unknown"""


def test_paste_reads_the_parameters_in_the_prompt(page):
    page.fill("#txt2img_prompt textarea", INFOTEXT)
    page.click("#paste")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a dog")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value("bad")
    expect(page.locator("#txt2img_sampling input")).to_have_value("DPM++ 2M")
    expect(page.locator("#txt2img_scheduler input")).to_have_value("Karras")
    wanted = {"steps": "7", "cfg_scale": "4.5", "seed": "123", "width": "192", "height": "256", "batch_size": "2"}
    for name, value in wanted.items():
        expect(number(page, name)).to_have_value(value)
    expect(page.locator("#txt2img_token_counter")).to_contain_text("2/75")


def test_paste_into_an_empty_prompt_takes_the_last_picture(page):
    page.fill("#txt2img_prompt textarea", "remembered")
    number(page, "seed").fill("55")
    generate(page)
    page.fill("#txt2img_prompt textarea", "")
    number(page, "seed").fill("-1")
    page.click("#paste")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("remembered")
    expect(number(page, "seed")).to_have_value("55")


def test_the_same_values_make_the_same_picture_again(page):
    number(page, "seed").fill("9")
    generate(page)
    first = shown_infotext(page)
    generate(page)
    assert shown_infotext(page) == first


def test_swap_and_pasted_sizes(page):
    number(page, "width").fill("512")
    number(page, "height").fill("768")
    page.click("#txt2img_res_switch_btn")
    assert (number(page, "width").input_value(), number(page, "height").input_value()) == ("768", "512")
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData("text", " 1024x640 ");
        document.querySelector("#txt2img_width input[type=number]").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    assert (number(page, "width").input_value(), number(page, "height").input_value()) == ("1024", "640")


def test_clear_asks_first(page):
    page.fill("#txt2img_prompt textarea", "to be deleted")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#txt2img_clear_prompt")
    assert page.input_value("#txt2img_prompt textarea") == "to be deleted"
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#txt2img_clear_prompt")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("")
    expect(page.locator("#txt2img_token_counter")).to_contain_text("0/75")


def test_tokens_are_counted_brackets_checked_and_other_syntax_converted(page):
    page.fill("#txt2img_prompt textarea", "a photo of a cat, (very:1.2) " * 12)
    expect(page.locator("#txt2img_token_counter")).to_contain_text("/150")
    page.fill("#txt2img_neg_prompt textarea", "(unbalanced")
    page.wait_for_selector("#txt2img_negative_token_counter.unbalanced")
    page.fill("#txt2img_neg_prompt textarea", r"\(balanced")
    page.wait_for_selector("#txt2img_negative_token_counter:not(.unbalanced)")
    page.fill("#txt2img_neg_prompt textarea", "blurry, " * 40)
    expect(page.locator("#txt2img_negative_token_counter")).to_contain_text("80/150")

    page.fill("#txt2img_prompt textarea", "a cat++ [red]")
    page.fill("#txt2img_neg_prompt textarea", "")
    page.click("#txt2img_convert_prompt")
    expect(page.locator("#txt2img_prompt textarea")).to_have_value("a (cat:1.21)")
    expect(page.locator("#txt2img_neg_prompt textarea")).to_have_value("red")
    expect(page.locator("#txt2img_negative_token_counter")).to_contain_text("1/75")


def choose_checkpoint(page, name):
    page.click("#setting_sd_model_checkpoint input")
    page.click(f"[role=option]:has-text('{name}')")
    page.wait_for_selector("#setting_sd_model_checkpoint:not([aria-busy])")


def test_a_broken_checkpoint_is_refused_in_one_sentence(page):
    for name, sentence in {
        "z-truncated": "z-truncated.safetensors is incomplete",
        "z-text": "z-text.safetensors is not a safetensors file",
    }.items():
        choose_checkpoint(page, name)
        expect(page.locator("#quicksettings_message")).to_contain_text(sentence)
        expect(page.locator("#setting_sd_model_checkpoint input")).to_have_value("tiny-random.safetensors [85d6e36ef7]")
    expect(page.locator("#sd_checkpoint_hash")).to_have_text("85d6e36ef7")
    generate(page)
    assert log_line(page).startswith("Time taken:")


def test_a_checkpoint_is_found_by_typing(page):
    page.focus("#setting_sd_model_checkpoint input")
    page.keyboard.type("trunc")
    expect(page.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#quicksettings_message")).to_contain_text("is incomplete")


def test_new_checkpoints_are_found_by_the_refresh_button(page, server):
    added = server.folder / "models" / "Stable-diffusion" / "z-added.safetensors"
    added.write_bytes(b"")
    try:
        page.click("#refresh_sd_model_checkpoint")
        page.wait_for_timeout(600)
        page.click("#setting_sd_model_checkpoint input")
        expect(page.locator("[role=option]:has-text('z-added')")).to_be_visible()
        page.keyboard.press("Escape")
    finally:
        added.unlink()


def test_generate_forever_is_in_the_menu_of_generate(page):
    page.click("#txt2img_generate", button="right")
    page.click(".context-menu button:has-text('Generate forever') >> nth=0")
    page.wait_for_selector("#txt2img_gallery .preview .media-button img")
    first = shown_infotext(page)
    page.wait_for_function("text => document.querySelector('#html_info_txt2img').innerText !== text", arg=first)
    page.click(".generate-box", button="right")
    page.click(".context-menu button:has-text('Cancel')")
    wait_until_idle(page)
    page.wait_for_timeout(700)
    assert page.is_visible("#txt2img_generate")


def test_extra_shows_the_variation_seed_and_lets_it_count(page):
    assert not page.is_visible("#txt2img_subseed")
    page.check("#txt2img_subseed_show input")
    number(page, "seed").fill("5")
    number(page, "subseed").fill("77")
    number(page, "subseed_strength").fill("0.3")
    generate(page)
    assert "Variation seed: 77, Variation seed strength: 0.3" in shown_infotext(page)
    page.click("#txt2img_random_subseed")
    page.click("#txt2img_reuse_subseed")
    assert number(page, "subseed").input_value() == "77"
    page.uncheck("#txt2img_subseed_show input")
    generate(page)
    assert "Variation" not in shown_infotext(page)


def wait_for_left_column(page, width):
    script = "width => Math.abs(document.querySelector('#txt2img_settings').getBoundingClientRect().width - width) < 3"
    page.wait_for_function(script, arg=width, timeout=5000)


def test_the_handle_between_the_columns_is_dragged_moved_by_keys_and_put_back(page):
    handle = page.locator(".resize-handle")
    begin = page.locator("#txt2img_settings").bounding_box()["width"]
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] - 92, box["y"] + 50)
    page.mouse.up()
    wait_for_left_column(page, begin - 100)
    handle.press("ArrowRight")
    wait_for_left_column(page, begin - 76)
    page.reload()
    page.wait_for_selector(READY)
    wait_for_left_column(page, begin - 76)
    handle.dblclick()
    wait_for_left_column(page, begin)


def test_footer_tells_versions_and_the_startup_profile(page):
    for name in ("python", "torch", "gradio", "checkpoint"):
        expect(page.locator("#footer .versions")).to_contain_text(f"{name}:")
    page.click("#footer_startup_profile")
    expect(page.locator("dialog[open]")).to_contain_text("import gradio")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
