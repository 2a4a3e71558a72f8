"""Values of scripts' controls, as API calls give them."""

import pytest

from modules.core.errors import InputError
from modules.plugins.arguments import read_choice, read_choices, read_flag, read_number, read_text, read_whole

SIDES = ("left", "right", "up", "down")


def test_numbers_are_read_in_the_forms_that_sliders_give():
    assert (read_whole("Loops", 4.0, 1, 32), read_whole("Loops", 4, 1, 32)) == (4, 4)
    assert read_number("Scale", 2, 1, 4) == 2


def test_menus_are_read_by_number_and_by_name():
    assert [read_choice("Side", value, SIDES) for value in (1, "right", " RIGHT ")] == [1, 1, 1]
    assert read_choices("Sides", ["down", "left", "down"], SIDES) == ["left", "down"]
    assert read_choices("Sides", "up", SIDES) == ["up"]


@pytest.mark.parametrize(
    "read",
    [
        *(lambda v=value: read_whole("X", v, 1, 32) for value in (None, "4", 4.5, 0, 33, True, float("nan"), [4])),
        *(lambda v=value: read_number("X", v, 0, 1) for value in (None, "1", 1.01, -1, False, float("inf"), {})),
        *(lambda v=value: read_choice("X", v, SIDES) for value in (None, "north", -1, 4, True, 1.0, [])),
        *(lambda v=value: read_choices("X", v, SIDES) for value in (None, [], [4], ["north"], 1, {"left": True})),
        *(lambda v=value: read_flag("X", v) for value in (None, "yes", 2, [])),
        *(lambda v=value: read_text("X", v) for value in (3, ["a"])),
    ],
)
def test_anything_else_is_one_clear_sentence(read):
    with pytest.raises(InputError, match="X") as told:
        read()
    assert len(str(told.value)) < 160
    assert "\n" not in str(told.value)


def test_long_nonsense_is_cut():
    with pytest.raises(InputError) as told:
        read_choice("Upscaler", "x" * 10_000, SIDES)
    assert len(str(told.value)) < 200


def test_no_text_is_an_empty_one():
    assert (read_text("X", None), read_flag("X", 1)) == ("", True)
