"""AND, comments and network tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.engine.text.comments import without_comments
from modules.engine.text.composition import PromptPart, split_composition
from modules.engine.text.network_tags import NetworkTag, split_network_tags, without_network_tags

WORDS = st.text(alphabet="abc xyz(),[]", max_size=20)
ANYTHING = st.text(alphabet="ab AND<>:=#\n.1-", max_size=60)


# --- AND ----------------------------------------------------------------------------------------------------------


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_parts_are_split_at_and(words):
    assert [part.text.strip() for part in split_composition(" AND ".join(words))] == [word.strip() for word in words]


@given(WORDS, st.floats(-9, 9).map(lambda weight: round(weight, 3)))
def test_a_part_may_end_in_its_weight(words, weight):
    assert split_composition(f"{words} :{weight}") == [PromptPart(words.rstrip(), weight)]


@pytest.mark.parametrize(
    "prompt", ["catAND dog", "cat ANDdog", "cat and dog", "cat AND_dog", "cat :", "cat :x", "(cat:2)"]
)
def test_what_is_neither_and_nor_a_weight_is_text(prompt):
    assert split_composition(prompt) == [PromptPart(prompt, 1.0)]


@given(ANYTHING)
def test_any_text_has_parts(prompt):
    assert len(split_composition(prompt)) >= 1


# --- comments -----------------------------------------------------------------------------------------------------


def test_comments_end_with_the_line():
    assert without_comments("a cat # or a dog?\n# no\nin the snow #!") == "a cat \nin the snow "


@given(ANYTHING)
def test_nothing_but_comments_goes(prompt):
    left = without_comments(prompt)

    assert "#" not in left
    assert left == prompt or "#" in prompt
    assert without_comments(left) == left


# --- network tags -------------------------------------------------------------------------------------------------


def test_tags_are_read_and_taken_out():
    prompt, tags = split_network_tags("a <lora:my cat:0.8:te=1:dyn=4> cat<hypernet:x>")

    assert prompt == "a  cat"
    assert tags == [
        NetworkTag("lora", ("my cat", "0.8"), {"te": "1", "dyn": "4"}),
        NetworkTag("hypernet", ("x",)),
    ]
    assert [tag.name for tag in tags] == ["my cat", "x"]


@pytest.mark.parametrize("prompt", ["a < b", "<b>", "<:x>", "<a b:c>", "<lora:x", "lora:x>", "<lora:>", "1 < 2 > 1"])
def test_what_is_no_tag_is_text(prompt):
    assert split_network_tags(prompt) == (prompt, [])


@given(ANYTHING)
def test_a_prompt_without_tags_has_none(prompt):
    text, tags = split_network_tags(prompt)

    assert bool(tags) == (text != prompt)
    assert without_network_tags(prompt) == text


@pytest.mark.parametrize("prompt", ["<a:" * 33_000, "<a:b" * 25_000, "<" * 100_000, "<a:b>" * 20_000, " AND" * 25_000])
@pytest.mark.timeout(20)
def test_long_prompts_take_linear_time(prompt):
    """Quadratic time would run into the timeout."""
    assert split_network_tags(prompt)
    assert split_composition(prompt + " :" + " " * 100_000 + "x")
    assert without_comments(prompt + "#\n" * 50_000)
