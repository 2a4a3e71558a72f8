"""Attention, schedules, AND, chunks and tokens equal A1111's, as recorded in prompt_parser.json."""

import pytest

from modules.engine.text.chunks import split_into_chunks
from modules.engine.text.composition import split_composition
from modules.engine.text.grammar import parse_attention
from modules.engine.text.schedule import Timeline, schedule_prompt
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
    assert split_into_chunks(entry["in"], default_tokenizer()).capacity == entry["out"]["target_token_count"]


@pytest.mark.parametrize("entry", RECORDED["schedules"], ids=lambda entry: repr(entry["in"])[:40])
def test_schedules(entry):
    first_pass, second_pass = entry["base_steps"], entry["hires_steps"]
    timeline = (
        Timeline(first_pass, old_rule=entry["use_old_scheduling"])
        if second_pass is None
        else Timeline(second_pass, first_pass, old_rule=entry["use_old_scheduling"])
    )

    assert [[stage.last_step, stage.text] for stage in schedule_prompt(entry["in"], timeline)] == entry["out"]


@pytest.mark.parametrize("entry", RECORDED["multicond"], ids=lambda entry: repr(entry["in"])[:40])
def test_composition(entry):
    [parts] = entry["out"]["indexes"]

    assert [[part.text, part.weight] for part in split_composition(entry["in"])] == [
        [entry["out"]["prompts"][int(index)], weight] for index, weight in parts
    ]


def test_nothing_is_missing_from_the_recording():
    assert (len(RECORDED["schedules"]), len(RECORDED["multicond"])) == (1018, 151)
