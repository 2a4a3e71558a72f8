import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.generation.axis_values import MOST_VALUES, decimal_numbers, join_list, orders, split_list, whole_numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1, 2,3", [1, 2, 3]),
        ("1-5", [1, 2, 3, 4, 5]),
        ("1-5(+2)", [1, 3, 5]),
        ("1-6 (+2)", [1, 3, 5]),
        ("1 - 4 ( 3 )", [1, 4]),
        ("10-5 (-3)", [10, 7]),
        ("3-1", [3, 2, 1]),
        ("-2-1", [-2, -1, 0, 1]),
        ("-1", [-1]),
        ("-1--3", [-1, -2, -3]),
        ("1-10 [5]", [1, 3, 5, 7, 10]),
        ("0-10[3]", [0, 5, 10]),
        ("7-7", [7]),
        ("5, 1-2, +9,", [5, 1, 2, 9]),
        ("1\n2\n", [1, 2]),
    ],
)
def test_whole_numbers(text, values):
    assert whole_numbers(split_list(text)) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0-1(+0.25)", [0, 0.25, 0.5, 0.75, 1]),
        ("0-1 [5]", [0, 0.25, 0.5, 0.75, 1]),
        ("1-10 [4]", [1, 4, 7, 10]),
        ("0-1(+0.1)", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        ("1-3", [1, 2, 3]),
        ("1-0(-.5)", [1, 0.5, 0]),
        ("7.5, .5,-0.25", [7.5, 0.5, -0.25]),
        ("0.-1.5 [1]", [0]),
    ],
)
def test_decimal_numbers(text, values):
    assert decimal_numbers(split_list(text)) == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    [
        *("one", "1.5", "1-5(0)", "1-5(-1)", "5-1(+1)", "1-2000000000", "1-2[99999999999]", "1-5 [0]", "1-5(+0.5)"),
        *("nan", "1e3", "1--", "1-5()", "0x10"),
    ],
)
def test_what_is_no_whole_number_is_told(text):
    with pytest.raises(InputError) as error:
        whole_numbers(split_list(text))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e999", "x", "0-1(+0.0)", "0-1(+0.0000001)", "0-1e99", "0-1(-1)"]
)
def test_what_is_no_number_is_told(text):
    with pytest.raises(InputError):
        decimal_numbers(split_list(text))


@given(st.integers(-200, 200), st.integers(-200, 200), st.integers(1, 60))
def test_ranges_begin_and_end_as_said(first, last, step):
    signed = step if last >= first else -step
    values = whole_numbers([f"{first}-{last}({signed:+d})"])

    assert values[0] == first
    assert abs(values[-1] - last) < step
    assert {after - before for before, after in pairwise(values)} <= {signed}
    assert decimal_numbers([f"{first}-{last}({signed:+d})"]) == values
    assert decimal_numbers([f"{first}-{last} [{step + 1}]"])[-1] == pytest.approx(last)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip), min_size=1, max_size=6))
def test_lists_are_written_so_that_they_read_back(values):
    assert split_list(join_list(values)) == values


@given(st.text(max_size=60))
def test_any_text_is_read_or_told_in_one_sentence(text):
    for read in (whole_numbers, decimal_numbers):
        told = ""
        try:
            values = read(split_list(text))
        except InputError as error:
            values, told = [], str(error)
        assert "\n" not in told
        assert len(values) <= MOST_VALUES
        assert all(math.isfinite(value) for value in values)


@pytest.mark.parametrize("text", ['"a, b', 'a, "b', '"a"", b'])
def test_quotes_that_do_not_match_are_told(text):
    with pytest.raises(InputError, match="not closed"):
        split_list(text)


def test_quotes_keep_values_together():
    assert split_list('cat, "a dog, sleeping" ,5" lens,,"say ""hi"""') == [
        "cat",
        "a dog, sleeping",
        '5" lens',
        "",
        'say "hi"',
    ]
    assert split_list("") == []


def test_orders_are_all_there_are_and_not_too_many():
    assert orders(["a", "b", "c"]) == [[*"abc"], [*"acb"], [*"bac"], [*"bca"], [*"cab"], [*"cba"]]
    with pytest.raises(InputError, match="take fewer"):
        orders([*"abcdefghij"] * 10)
