"""The left column: its items in another order, and in an accordion."""

import gradio as gr
import pytest
from gradio.blocks import BlockContext

from modules.core.option_store import OptionStore
from modules.frontend.components.settings_column import item_order, settings_column

USUAL = ["prompt", "image", "inpaint", "sampler", "dimensions", "seed", "scripts"]


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ([], USUAL),
        (["seed"], ["prompt", "image", "inpaint", "seed", "sampler", "dimensions", "scripts"]),
        (["scripts", "sampler"], ["prompt", "image", "inpaint", "scripts", "sampler", "dimensions", "seed"]),
        (["seed", "image", "seed"], ["prompt", "inpaint", "seed", "image", "sampler", "dimensions", "scripts"]),
        (["no item", 3, "batch"], USUAL),
    ],
)
def test_items_named_come_first_below_prompt_and_picture(wanted, order):
    assert item_order(USUAL, wanted) == order


def test_an_item_of_scripts_comes_before_the_menu_of_scripts():
    assert item_order(["scripts", "a script's own", "seed"], []) == ["seed", "a script's own", "scripts"]


def test_the_old_name_of_the_accordions_is_known():
    assert item_order(["sampler", "accordions"], ["hires_fix"]) == ["accordions", "sampler"]


class TwoScripts:
    """One belongs to the seed, one is an item of its own."""

    def __init__(self):
        self.left = ["seed", "own"]

    @property
    def sections_left(self):
        return list(self.left)

    def create_section(self, section):
        if section in self.left:
            self.left.remove(section)
            gr.Textbox(label=f"script of {section}")

    def create(self):
        gr.Dropdown(label="menu")


def labels(block):
    """The labels of controls, in the order in which the page shows them."""
    if isinstance(block, BlockContext):
        return [label for child in block.children for label in labels(child)]
    return [block.label]


def laid_out(tmp_path, **settings):
    options = OptionStore(tmp_path / "config.json", tmp_path / "broken.json")
    options.update(settings)
    with gr.Blocks() as page, settings_column("img2img", options, TwoScripts()) as column:
        for name in ("image", "sampler", "seed"):
            with column.item(name):
                gr.Slider(label=name)
        column.create_scripts()
    return page


def test_the_controls_are_where_they_are_wanted(tmp_path):
    page = laid_out(tmp_path, ui_reorder_list=["own", "seed"])
    assert labels(page) == ["image", "script of own", "seed", "script of seed", "sampler", "menu"]


def test_the_accordion_holds_all_but_the_picture_and_its_controls_are_in_the_page(tmp_path):
    page = laid_out(tmp_path, img2img_settings_accordion=True)
    column = page.children[0]
    accordion = column.children[-1]
    assert labels(column) == ["image", "sampler", "seed", "script of seed", "script of own", "menu"]
    assert isinstance(accordion, gr.Accordion) and accordion.open is not False and not accordion.open
    assert labels(accordion) == labels(column)[1:]
    assert all(child.parent is accordion for child in accordion.children)
