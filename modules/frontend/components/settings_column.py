"""The left column of a generation tab: its items in the order that a setting wants, in an accordion if one wants that.

The items are made in their usual order and then moved, so a tab's file reads the same whatever is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import gradio as gr
from gradio.blocks import Block

from modules.core.option_store import OptionStore
from modules.core.options import Option
from modules.frontend.gradio_internals import closed_accordion
from modules.frontend.layout_options import IMG2IMG_ACCORDION, ITEM_ORDER, ITEMS, TXT2IMG_ACCORDION

ON_TOP = ("prompt", "image", "inpaint")
"""They stay above the others unless a person puts them elsewhere."""
IN_SIGHT = ("prompt", "image")
"""They are not put into the accordion."""
OLD_NAMES = {"hires_fix": "accordions"}
ACCORDIONS: Mapping[str, Option[bool]] = {"txt2img": TXT2IMG_ACCORDION, "img2img": IMG2IMG_ACCORDION}


class Scripts(Protocol):
    """Scripts may put controls of theirs at the end of any item, or be an item of their own."""

    @property
    def sections_left(self) -> Sequence[str]: ...

    def create_section(self, section: str) -> None: ...

    def create(self) -> None: ...


class SettingsColumn:
    """The column while it is laid out."""

    def __init__(self, column: gr.Column, scripts: Scripts) -> None:
        self._column = column
        self._scripts = scripts
        self._items: dict[str, list[Block]] = {}

    @contextmanager
    def item(self, name: str) -> Iterator[None]:
        """Put what is made inside `with` into an item, then the controls of scripts that belong there."""
        before = len(self._column.children)
        yield
        self._scripts.create_section(name)
        self._items.setdefault(name, []).extend(self._column.children[before:])

    def create_scripts(self) -> None:
        """Make the items that are scripts' own, then the rest of the scripts and their menu."""
        for section in self._scripts.sections_left:
            with self.item(section):
                pass
        with self.item("scripts"):
            self._scripts.create()

    def arrange(self, tab: str, options: OptionStore) -> None:
        """Move the items to where the settings want them; the last call before the column ends."""
        ordered = item_order(list(self._items), options[ITEM_ORDER])
        if not options[ACCORDIONS[tab]]:
            self._column.children = self._blocks(ordered)
            return
        with closed_accordion(
            "Settings", elem_id=f"{tab}_settings_accordion", elem_classes="settings-accordion"
        ) as box:
            box.children = self._blocks(name for name in ordered if name not in IN_SIGHT)
            for block in box.children:
                block.parent = box
        self._column.children = [*self._blocks(name for name in ordered if name in IN_SIGHT), box]

    def _blocks(self, names: Iterator[str] | Sequence[str]) -> list[Block]:
        return [block for name in names for block in self._items[name]]


@contextmanager
def settings_column(tab: str, options: OptionStore, scripts: Scripts) -> Iterator[SettingsColumn]:
    """Lay out the column; what is made inside `with` goes into its items.

    Args:
        tab: what the elem_ids begin with.
        options: say how.
        scripts: of the tab.
    """
    with gr.Column(elem_id=f"{tab}_settings", elem_classes="settings", scale=3, min_width=320) as column:
        made = SettingsColumn(column, scripts)
        yield made
        made.arrange(tab, options)


def item_order(items: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the items as they are laid out.

    Those on top come first, then those that are wanted in some order, then the others in their usual order.

    Args:
        items: those that there are; scripts may have items of their own, which come before the last one.
        wanted: names in the order of a setting; what is no item is passed over.
    """
    named = list(dict.fromkeys(OLD_NAMES.get(str(name), str(name)) for name in wanted))
    on_top = [name for name in ON_TOP if name in items and name not in named]
    usual = {name: place for place, name in enumerate(ITEMS)}
    others = sorted(items, key=lambda name: usual.get(name, len(ITEMS) - 1.5))
    return list(dict.fromkeys([*on_top, *(name for name in named if name in items), *others]))
