import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.engine.text.schedule import Timeline, schedule_prompt

SYNTAX = st.text(alphabet="ab ()[]:|\\.0159-e猫\n", max_size=80)
WORDS = st.text(alphabet="abc xyz,", max_size=12)
TIMELINES = st.builds(Timeline, st.integers(1, 40), st.none() | st.integers(1, 40), st.booleans())


def texts(prompt, steps=10, **timeline):
    """The text of each step."""
    stages = schedule_prompt(prompt, Timeline(steps, **timeline))
    return [next(stage.text for stage in stages if step <= stage.last_step) for step in range(1, steps + 1)]


# The contract's examples, at 10 steps.


def test_a_word_is_added():
    assert texts("a [b:3]") == ["a "] * 3 + ["a b"] * 7


def test_a_word_is_replaced_after_a_share_of_the_steps():
    assert texts("a [b:.5] c") == ["a  c"] * 5 + ["a b c"] * 5


def test_a_word_is_removed():
    assert texts("[a::4]") == ["a"] * 4 + [""] * 6


def test_changes_nest():
    assert texts("a[b:[c:d:2]:1]e") == ["abe", "ace"] + ["ade"] * 8


def test_alternation_with_attention():
    assert texts("[a|(b:1.1)]", 4) == ["a", "(b:1.1)", "a", "(b:1.1)"]


def test_an_option_may_be_empty():
    assert texts("[fe|]male", 3) == ["female", "male", "female"]


@pytest.mark.parametrize("prompt", ["a [unbalanced", "a|b", "[a:b]", "[a:b:c]", "[a]", "a:b:0.5", "[a:b:0.5|c]", ""])
def test_what_is_no_schedule_is_taken_literally(prompt):
    assert texts(prompt, 2) == [prompt, prompt]


def test_a_bar_outside_of_brackets_makes_the_whole_prompt_literal():
    prompt = "[a:b:0.5] c|d"
    assert texts(prompt, 2) == [prompt, prompt]


def test_a_bracket_that_is_never_closed_hinders_no_schedule():
    assert texts("(a [b:c:1]", 2) == ["(a b", "(a c"]


def test_a_bracket_that_closes_nothing_hinders_no_schedule_unless_it_stands_behind_one():
    assert texts("a) [b:c:1]", 2) == ["a) b", "a) c"]
    assert texts("[b:c:1]]", 2) == ["[b:c:1]]"] * 2
    assert texts("[b|c]]", 2) == ["b]", "c]"]


def test_in_the_second_pass_fractions_begin_at_1_and_steps_go_on():
    assert texts("[a:b:1.5]", 10, first_pass_steps=20) == ["a"] * 5 + ["b"] * 5
    assert texts("[a:b:22]", 10, first_pass_steps=20) == ["a"] * 2 + ["b"] * 8
    assert texts("[a:b:0.9]", 10, first_pass_steps=20) == ["b"] * 10


def test_the_old_rule():
    assert texts("[a:b:1.0]", 4, old_rule=True) == ["a", "b", "b", "b"]
    assert texts("[a:b:0.5]", 4, old_rule=True, first_pass_steps=9) == ["a", "a", "b", "b"]


@pytest.mark.parametrize("time", ["9" * 5000, "1e999", "-1e999", "0.0", "1e-999", "." + "1" * 5000])
def test_absurd_times_lie_before_or_after_the_steps_or_within(time):
    assert set(texts(f"[a:b:{time}]")) <= {"a", "b"}


# What holds for every prompt.


@given(SYNTAX, TIMELINES)
def test_stages_rise_and_cover_all_steps(prompt, timeline):
    last_steps = [stage.last_step for stage in schedule_prompt(prompt, timeline)]

    assert last_steps == sorted(set(last_steps))
    assert last_steps[0] >= 1
    assert last_steps[-1] == timeline.steps


@given(SYNTAX, TIMELINES)
def test_no_text_is_made_up(prompt, timeline):
    """Each stage is the prompt with parts left out."""
    for stage in schedule_prompt(prompt, timeline):
        unread = iter(prompt)
        assert all(character in unread for character in stage.text)


@given(st.text(alphabet="ab()[]:\\.15猫 ", max_size=60))
def test_without_times_and_bars_a_prompt_stays_as_it_is(prompt):
    prompt = prompt.replace(":", "")
    assert schedule_prompt(prompt, Timeline(5))[0].text == prompt


@given(WORDS, WORDS, st.integers(0, 12), st.integers(1, 10))
def test_a_change_shows_one_side_and_then_the_other(before, after, when, steps):
    switch = min(when, steps)
    assert texts(f"[{before}:{after}:{when}]", steps) == [before] * switch + [after] * (steps - switch)


@given(st.lists(WORDS, min_size=2, max_size=5), st.integers(1, 12))
def test_options_take_turns(options, steps):
    assert texts(f"[{'|'.join(options)}]", steps) == [options[step % len(options)] for step in range(steps)]


@given(WORDS.filter(lambda word: word), st.integers(1, 30))
def test_nested_alternations_are_followed_to_any_depth(word, depth):
    assert texts("[" * depth + word + "|]" * depth, 2) == [word, ""]


# Prompts that attack.


@pytest.mark.parametrize("prompt", ["[" * 100_000, "(" * 100_000, "[a|" * 50_000, "[a:" * 50_000, "([" * 50_000])
def test_absurd_nesting_is_refused(prompt):
    with pytest.raises(InputError, match="deep"):
        schedule_prompt(prompt, Timeline(20))


@pytest.mark.parametrize(
    "prompt",
    [
        "]" * 100_000,
        ":" * 100_000,
        "\\" * 100_000,
        "[a:b:1]" * 14_000,
        "[a:b:1]]" * 12_000,
        "[a|b]" * 20_000,
        "[:" * 290 + "1]" * 290 + "[a:1]" * 19_000,
        "(" * 299 + "[a:b:1]" * 14_000 + ")" * 299,
        ("(" * 300 + "a" + ")" * 300) * 160,
        "[a|" * 300 + "b" + "]" * 300,
        "[a:" + " " * 50_000 + "1" + " " * 49_000 + "x]",
    ],
    ids=lambda prompt: prompt[:10],
)
@pytest.mark.timeout(20)
def test_long_prompts_take_linear_time(prompt):
    """Quadratic time would run into the timeout."""
    assert schedule_prompt(prompt, Timeline(20))[-1].last_step == 20


def test_a_schedule_of_too_much_text_is_refused():
    with pytest.raises(InputError, match="shorten"):
        schedule_prompt("[a|b]" + "x" * 50_000, Timeline(1000))


def test_a_schedule_of_too_many_long_texts_is_refused():
    many = "[a|b][c|d|e][f|g|h|i|j]"  # 30 different ones
    assert schedule_prompt("[a|b]" + "x" * 40_000, Timeline(100))
    with pytest.raises(InputError, match="30 texts"):
        schedule_prompt(many + "x" * 40_000, Timeline(100))
