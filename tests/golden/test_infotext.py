"""`tests/data/infotext.json` was recorded from A1111 v1.8.0's parser, `quote` and `unquote` (its "about" says how)."""

import json
from pathlib import Path

import pytest

from modules.imaging.infotext import parse_infotext, quote, unquote

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "infotext.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", RECORDED["parse"], ids=lambda case: case["in"][-40:])
def test_parse_reads_what_the_reference_reads(case):
    parsed = parse_infotext(case["in"])

    assert parsed == case["out"]
    assert list(parsed) == list(case["out"])


@pytest.mark.parametrize("case", RECORDED["quote"], ids=lambda case: repr(case["in"]))
def test_quote_is_the_references(case):
    quoted = quote(case["in"])

    assert quoted == case["quote"]
    assert type(quoted) is type(case["quote"])


@pytest.mark.parametrize("case", RECORDED["unquote"], ids=lambda case: case["in"])
def test_unquote_is_the_references(case):
    assert unquote(case["in"]) == case["unquote"]


def test_nothing_is_missing_from_the_recording():
    assert (len(RECORDED["parse"]), len(RECORDED["quote"]), len(RECORDED["unquote"])) == (34, 12, 6)
