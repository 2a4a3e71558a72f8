"""Which tab comes where, and which are not seen."""

from types import SimpleNamespace
from typing import Any

import pytest

from modules.frontend.options import TAB_TITLES
from modules.frontend.tab_order import arrange_tabs

TABS: list[Any] = [SimpleNamespace(title=title) for title in TAB_TITLES]
ALL = " ".join(TAB_TITLES).replace("PNG Info", "PNG_Info")


@pytest.mark.parametrize(
    ("order", "hidden", "titles", "unseen"),
    [
        ([], [], ALL, set()),
        (["Settings", "Extras"], [], "Settings Extras txt2img img2img PNG_Info", set()),
        (["Train", "img2img", "img2img"], ["Merger"], "img2img txt2img Extras PNG_Info Settings", set()),
        ([], ["txt2img"], "img2img Extras PNG_Info Settings txt2img", {"txt2img"}),
        (["Extras"], ["Extras"], "txt2img img2img PNG_Info Settings Extras", {"Extras"}),
        ([], list(TAB_TITLES), ALL, set()),
        ([3, None], [["x"]], ALL, set()),
    ],
)
def test_tabs_are_ordered_and_hidden(order, hidden, titles, unseen):
    ordered, not_seen = arrange_tabs(TABS, order, hidden)
    assert [tab.title.replace(" ", "_") for tab in ordered] == titles.split()
    assert not_seen == unseen
