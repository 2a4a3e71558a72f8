"""Scripts on the page: the menu, their controls, their pictures, their parameters pasted back."""

from playwright.sync_api import expect

from tests.browser.conftest import READY, generate, make_quick

MENU = "#txt2img_script_list"
PLOT = "#script_txt2img_xyz_plot"


def choose(page, title):
    page.click(f"{MENU} input")
    page.locator(f"{MENU} [role=option]", has_text=title).first.click()


def test_a_script_is_chosen_and_its_controls_appear(page, server):
    make_quick(page)
    page.fill("#txt2img_prompt textarea", "a cat|red")
    margins = page.get_by_label("Put variable parts at start of prompt")
    expect(margins).to_be_hidden()
    choose(page, "Prompt matrix")
    expect(margins).to_be_visible()

    before = len(server.outputs)
    generate(page)

    expect(page.locator("#txt2img_gallery .thumbnails .thumbnail-item")).to_have_count(3)
    assert len(server.outputs) == before + 3
    choose(page, "None")
    expect(margins).to_be_hidden()


def test_a_plot_is_made_and_its_parameters_bring_its_controls_back(page):
    make_quick(page)
    page.fill("#txt2img_prompt textarea", "a cat")
    choose(page, "X/Y/Z plot")
    page.fill("#script_txt2img_xyz_plot_x_values textarea", "1-3")
    page.click(f"{PLOT}_y_type input")
    page.locator(f"{PLOT}_y_type [role=option]", has_text="Schedule type").first.click()
    page.click(f"{PLOT}_y_values_dropdown input")
    for schedule in ("Karras", "Beta"):
        page.locator(f"{PLOT}_y_values_dropdown [role=option]", has_text=schedule).first.click()
    page.click("#xy_grid_swap_axes_button")
    expect(page.locator(f"{PLOT}_y_values textarea")).to_have_value("1-3")
    expect(page.locator(f"{PLOT}_x_values_dropdown .token")).to_have_text(["Karras", "Beta"])
    page.click("#xy_grid_swap_axes_button")
    expect(page.locator(f"{PLOT}_y_values_dropdown .token")).to_have_text(["Karras", "Beta"])
    generate(page)
    infotext = page.locator("#html_info_txt2img").inner_text()
    assert "X Values: 1-3, " in infotext
    assert 'Y Values: "Karras,Beta"' in infotext
    assert "Script: X/Y/Z plot" in infotext

    page.reload()
    page.wait_for_selector(READY)
    page.fill("#txt2img_prompt textarea", infotext)
    page.click("#paste")
    expect(page.locator(f"{MENU} input")).to_have_value("X/Y/Z plot")
    expect(page.locator(f"{PLOT}_y_values_dropdown .token")).to_have_text(["Karras", "Beta"])
    expect(page.locator("#script_txt2img_xyz_plot_x_values textarea")).to_have_value("1-3")
    choose(page, "None")
