"""Hires. fix, the refiner, tiling, override settings and quick settings, as a person uses them."""

import json

import pytest
from playwright.sync_api import expect

from modules.core.options import Settings
from modules.generation.hires import find_target, with_first_pass_size
from modules.generation.options import OLD_HIRES_SIZE
from modules.generation.request import Txt2ImgRequest
from tests.browser.conftest import READY, generate, log_line, number, shown_infotext

FINAL_SIZE = "#txtimg_hr_finalres"

# width, height, scale, resize width, resize height
SIZES = [
    (512, 512, 2, 0, 0),
    (512, 768, 1.05, 0, 0),
    (520, 333, 1.35, 0, 0),
    (512, 768, 2, 1024, 0),
    (512, 768, 2, 0, 1024),
    (640, 360, 2, 1000, 1000),
    (360, 640, 2, 1000, 1000),
    (512, 512, 2, 768, 1024),
    (72, 200, 4, 0, 1000),
]


def finished_size(width, height, scale, wide, high, *, old):
    asked = Txt2ImgRequest(
        width=width, height=height, enable_hr=True, hr_scale=scale, hr_resize_x=wide, hr_resize_y=high
    )
    request = with_first_pass_size(asked, Settings({OLD_HIRES_SIZE.name: old}))
    target = find_target(request)
    rows, columns = target.latent_size
    first = [request.width // 8 * 8, request.height // 8 * 8]
    return {"from": first, "to": [8 * (columns - target.crop_columns), 8 * (rows - target.crop_rows)]}


def choose(page, menu, entry):
    page.click(f"#{menu} input")
    page.click(f'[role=option]:has-text("{entry}")')


@pytest.fixture
def plain_settings(server):
    """The settings as they were before, whatever the test does."""
    yield server
    server.set_options(CLIP_stop_at_last_layers=1, hires_fix_show_sampler=False, hires_fix_show_prompts=False)


def test_hires_fix_makes_a_larger_picture(page):
    assert not page.is_visible("#txt2img_hr_upscaler")
    page.click("#txt2img_hr-extra >> text=Hires. fix")
    expect(page.locator(FINAL_SIZE)).to_have_text("from 64x64 to 128x128")
    number(page, "hr_scale").fill("1.5")
    number(page, "denoising_strength").fill("0.5")
    generate(page)
    image = page.locator("#txt2img_gallery .preview .media-button img")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [96, 96]
    assert "Denoising strength: 0.5" in shown_infotext(page)
    assert "Hires upscale: 1.5, Hires upscaler: Latent" in shown_infotext(page)

    page.click("#txt2img_hr-extra >> text=Hires. fix")
    assert not page.is_visible("#txt2img_hr_upscaler")
    generate(page)
    assert "Hires" not in shown_infotext(page)


def test_the_final_size_is_known_and_what_does_not_count_is_grey(page):
    script = """async ([sizes, old]) => {
        const { hiresSizes } = await import("/webui-assets/javascript/hires.js");
        return sizes.map(size => hiresSizes(...size, old));
    }"""
    for old in (False, True):
        assert page.evaluate(script, [SIZES, old]) == [finished_size(*size, old=old) for size in SIZES]

    page.check("#txt2img_hr-checkbox input")
    final_size = page.locator(FINAL_SIZE)
    number(page, "width").fill("128")
    expect(final_size).to_have_text("from 128x64 to 256x128")
    page.click("#txt2img_res_switch_btn")
    expect(final_size).to_have_text("from 64x128 to 128x256")
    assert page.locator("#txt2img_hr_resize_x.inactive, #txt2img_hr_resize_y.inactive").count() == 2
    number(page, "hr_resize_x").fill("96")
    expect(final_size).to_have_text("from 64x128 to 96x192")
    assert page.locator("#txt2img_hr_scale.inactive, #txt2img_hr_resize_y.inactive").count() == 2
    assert page.locator("#txt2img_hr_resize_x.inactive").count() == 0


def test_the_refiner_takes_over(page):
    page.check("#txt2img_enable-checkbox input")
    expect(page.locator("#txt2img_enable-extra")).to_contain_text("no checkpoint chosen")
    choose(page, "txt2img_checkpoint", "z-second")
    expect(page.locator("#txt2img_enable-extra")).not_to_contain_text("no checkpoint")
    number(page, "switch_at").fill("0.5")
    generate(page)
    assert "Refiner: z-second" in shown_infotext(page) and "Refiner switch at: 0.5" in shown_infotext(page)


A1111_INFOTEXT = """a cat
Negative prompt: bad
Steps: 5, Sampler: Euler a, CFG scale: 6.5, Seed: 77, Size: 64x64, Model hash: 0123456789, Model: other, \
Denoising strength: 0.45, Clip skip: 2, ENSD: 31337, Hires upscale: 1.5, Hires steps: 3, \
Hires upscaler: Latent (nearest-exact), Hires sampler: DPM++ 2M Karras, Hires prompt: "a dog, big", \
Refiner: z-second [85d6e36ef7], Refiner switch at: 0.6, Tiling: True, Version: v1.8.0"""


def test_a_picture_of_a1111_is_pasted_with_its_settings(page, server):
    page.fill("#txt2img_prompt textarea", A1111_INFOTEXT)
    page.click("#paste")
    tokens = page.locator("#txt2img_override_settings .token")
    expect(tokens).to_have_text(["Clip skip: 2", "Refiner switch by sampling steps: True", "ENSD: 31337"])
    numbers = {"denoising_strength": "0.45", "hr_scale": "1.5", "hires_steps": "3", "switch_at": "0.6"}
    for name, value in numbers.items():
        expect(number(page, name)).to_have_value(value)
    entries = {
        "txt2img_scheduler": "Automatic",
        "txt2img_hr_upscaler": "Latent (nearest-exact)",
        "hr_sampler": "DPM++ 2M",
        "hr_scheduler": "Karras",
        "hr_checkpoint": "Use same checkpoint",
        "txt2img_checkpoint": "z-second.safetensors [85d6e36ef7]",
    }
    for name, value in entries.items():
        expect(page.locator(f"#{name} input")).to_have_value(value)
    expect(page.locator("#hires_prompt textarea")).to_have_value("a dog, big")
    for name in ("hr", "enable"):
        assert page.is_checked(f"#txt2img_{name}-visible-checkbox")
    assert page.is_checked("#txt2img_tiling input")
    assert "made with the checkpoint other [0123456789]" in log_line(page)

    generate(page)
    written = shown_infotext(page)
    for part in (
        "Clip skip: 2",
        "ENSD: 31337",
        "Hires sampler: DPM++ 2M",
        'Hires prompt: "a dog, big"',
        "Tiling: True",
    ):
        assert part in written
    assert server.get("sdapi/v1/options")["CLIP_stop_at_last_layers"] == 1

    page.reload()
    page.wait_for_selector(READY)
    expect(tokens).to_have_count(3)
    page.locator("#txt2img_override_settings .token-remove").first.click()
    expect(tokens).to_have_count(2)
    assert page.is_visible("#hires_prompt")

    page.fill("#txt2img_prompt textarea", "a\nSteps: 4, Sampler: Euler, Seed: 1, Size: 64x64")
    page.click("#paste")
    expect(page.locator("#txt2img_override_settings"), "all of it is off again").not_to_be_visible()
    for name in ("hr-checkbox", "enable-checkbox", "tiling"):
        expect(page.locator(f"#txt2img_{name} input")).not_to_be_checked()


def test_a_quick_setting_is_in_force_at_once_and_tiling_is_a_checkbox(page, plain_settings):
    assert page.locator("#setting_unknown").count() == 0
    field = page.locator("#setting_CLIP_stop_at_last_layers input[type=number]")
    field.fill("2")
    page.wait_for_function("opts.CLIP_stop_at_last_layers === 2")
    page.check("#txt2img_tiling input")
    generate(page)
    assert "Clip skip: 2, Tiling: True" in shown_infotext(page)
    stored = json.loads((plain_settings.folder / "config.json").read_text())
    assert stored["CLIP_stop_at_last_layers"] == 2


def test_settings_show_what_the_second_pass_may_have_of_its_own(open_page, plain_settings):
    plain_settings.set_options(hires_fix_show_sampler=True, hires_fix_show_prompts=True)
    page = open_page()
    page.check("#txt2img_hr-checkbox input")
    for name in ("hr_checkpoint", "hr_sampler", "hr_scheduler", "hires_prompt", "hires_neg_prompt", "txt2img_hr_cfg"):
        assert page.is_visible(f"#{name}"), name
