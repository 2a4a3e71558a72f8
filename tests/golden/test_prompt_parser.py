"""Attention, chunks and tokens equal A1111's, as recorded in prompt_parser.json."""

import pytest

from modules.engine.text.chunks import count_tokens, split_into_chunks
from modules.engine.text.grammar import parse_attention
from modules.engine.text.tokenizer import default_tokenizer
from tests.golden.evidence import read_json

RECORDED = read_json("prompt_parser.json")


@pytest.mark.parametrize("entry", RECORDED["parse_prompt_attention"], ids=lambda entry: repr(entry["in"])[:40])
def test_attention(entry):
    assert [[piece.text, piece.weight] for piece in parse_attention(entry["in"])] == entry["out"]


@pytest.mark.parametrize("entry", RECORDED["chunks"], ids=lambda entry: repr(entry["in"])[:40])
def test_chunks(entry):
    chunked = split_into_chunks(
        entry["in"],
        default_tokenizer(),
        comma_backtrack=entry["comma_padding_backtrack"],
        parse_emphasis=entry["emphasis"] != "None",
    )

    assert chunked.token_count == entry["out"]["token_count"]
    assert [list(chunk.tokens) for chunk in chunked.chunks] == [chunk["tokens"] for chunk in entry["out"]["chunks"]]
    assert [list(chunk.weights) for chunk in chunked.chunks] == [
        chunk["multipliers"] for chunk in entry["out"]["chunks"]
    ]


@pytest.mark.parametrize(
    "entry",
    [
        entry
        for entry in RECORDED["chunks"]
        if "target_token_count" in entry["out"] and entry["comma_padding_backtrack"] == 20
    ],
    ids=lambda entry: repr(entry["in"])[:40],
)
def test_token_counter(entry):
    assert count_tokens(entry["in"], default_tokenizer()) == (
        entry["out"]["token_count"],
        entry["out"]["target_token_count"],
    )
