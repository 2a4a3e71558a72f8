"""The page as a whole: what is there, how it fits, what it asks for, who can use it."""

import pytest

from tests.browser.conftest import READY, generate, make_quick

LEGACY_NAMES = """
gradioApp onUiUpdate onAfterUiUpdate onUiLoaded onUiTabChange onOptionsChanged opts localization updateInput
get_uiCurrentTab get_uiCurrentTabContent get_tab_index switch_to_txt2img onEdit selected_gallery_index
selected_gallery_button all_gallery_buttons appendContextMenuOption removeContextMenuOption requestProgress
randomId request requestGet popup popupId closePopup setRandomSeed switchWidthHeight args_to_array
create_submit_args uiElementIsVisible uiElementInSight toggleCss localSet localGet localRemove
"""

WIDTHS = {390: 844, 768: 1024, 1280: 900, 1920: 1080}

# A button or field is named by its text, a label, or an attribute.
UNNAMED = """() => [...document.querySelectorAll("button, input, textarea, [role=separator]")]
    .filter(e => e.getClientRects().length)
    .filter(e => !(e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length || e.placeholder))
    .map(e => e.outerHTML.slice(0, 120))"""

CUT_OFF = """() => [...document.querySelectorAll("button, label span, input")]
    .filter(e => e.getClientRects().length && getComputedStyle(e).position !== "absolute")
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.left < -1 || box.right > innerWidth + 1))
    .map(([e]) => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_window(open_page, width):
    page = open_page()
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    generate(make_quick(page))
    for name in ("hr-checkbox", "enable-checkbox", "subseed_show"):
        page.check(f"#txt2img_{name} input")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT_OFF) == []
    picture = page.locator("#txt2img_gallery .preview .media-button img").bounding_box()
    assert picture["width"] > 250 and picture["x"] >= 0 and picture["x"] + picture["width"] <= width


def test_in_a_narrow_window_generate_stands_above_the_pictures(open_page):
    page = open_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_selector(".generate-box.mobile")
    tops = [page.locator(f"#txt2img_{name}").bounding_box()["y"] for name in ("prompt", "seed", "generate", "results")]
    assert tops == sorted(tops)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_selector(".generate-box:not(.mobile)")
    assert page.locator("#txt2img_actions_column #txt2img_generate").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_systems_colours(browser, server, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(READY)
    brightness = "e => getComputedStyle(e).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    shown = [page.eval_on_selector(name, brightness) for name in ("body", "#txt2img_prompt textarea")]
    context.close()
    assert all(value > 600 if scheme == "light" else value < 150 for value in shown)


def test_a_theme_in_the_address_wins_over_the_system(open_page):
    page = open_page("/?__theme=light")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_everything_has_a_name_for_screen_readers(page):
    for name in ("hr-checkbox", "enable-checkbox", "subseed_show"):
        page.check(f"#txt2img_{name} input")
    assert page.evaluate(UNNAMED) == []
    assert page.locator("#txt2img_res_switch_btn").get_attribute("title") == "Swap width and height"


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(page):
    page.focus("#setting_sd_model_checkpoint input")
    page.keyboard.press("Escape")
    reached, rings = [], []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.closest('[id]')?.id"))
        rings.append(page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"))
    wanted = {"txt2img_generate", "paste", "txt2img_clear_prompt", "txt2img_res_switch_btn", "txt2img_random_seed"}
    assert wanted <= set(reached)
    assert all(ring for name, ring in zip(reached, rings, strict=True) if name in wanted)


def test_names_that_extension_scripts_use_are_there(page):
    missing = page.evaluate(
        """names => names.filter(name => typeof window[name] === "undefined")""",
        LEGACY_NAMES.split(),
    )
    assert missing == []
    assert page.evaluate("get_uiCurrentTabContent().id") == "tab_txt2img"
    assert page.evaluate("get_uiCurrentTab().textContent") == "txt2img"
    assert page.evaluate("opts.sd_model_checkpoint").startswith("tiny-random")
    assert page.evaluate("new Promise(done => onUiLoaded(() => done('called')))") == "called"
    page.evaluate("onUiUpdate(() => window.updated = true)")
    page.fill("#txt2img_prompt textarea", "counted")
    page.wait_for_function("window.updated")
