"""InvokeAI's prompts in A1111's words."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.engine.text.grammar import parse_attention
from modules.engine.text.invokeai import BLEND_NOTE, NEGATIVE_NOTE, SWAP_NOTE, convert_invokeai

SAME_MEANING = {
    "a man picking apricots from a tree": "a man picking apricots from a tree",
    "picking apricots+": "picking (apricots:1.1)",
    "picking apricots++ here": "picking (apricots:1.21) here",
    "apricots--- from": "(apricots:0.729) from",
    "tall+, thin-": "(tall:1.1), (thin:0.9)",
    "a ball+.": "a (ball:1.1).",
    "a man (picking apricots)+": "a man (picking apricots:1.1)",
    "a man (picking apricots)--": "a man (picking apricots:0.81)",
    "(apricots)1.3 and (pears).5": "(apricots:1.3) and (pears:0.5)",
    "(picking (apricots)1.3)1.1": "(picking (apricots:1.3):1.1)",
    "(picking apricots+)++": "(picking (apricots:1.1):1.21)",
    "a (plain group) of words": "a plain group of words",
    "(weight one)1": "weight one",
    "well-known x-ray 1+1 - a + b": "well-known x-ray 1+1 - a + b",
    "(a-b)-c": "a-b-c",
    r"a \(bracket\) \"quote\" \+ \\": r'a \(bracket\) "quote" + \\',
    'a "quoted word" and "another+"': 'a "quoted word" and "(another:1.1)"',
    "(already:1.3) A1111": "(already:1.3) A1111",
    "time: 12:30": "time: 12:30",
    "<easynegative>, cat": "easynegative, cat",
    "a <lora:x:0.5> b": "a <lora:x:0.5> b",
    "withLora(sushi) cat": "<lora:sushi:0.75> cat",
    "cat, withLora(sushi, 0.5)": "cat, <lora:sushi:0.5>",
    '("a cat", "a dog+").and()': "a cat BREAK a (dog:1.1)",
    '("a cat", "a dog").and(1, 0.5)': "a cat BREAK (a dog:0.5)",
    "Ünïcödé+ 猫- 🦄++": "(Ünïcödé:1.1) (猫:0.9) (🦄:1.21)",
    "": "",
    "+ ++ - -- ) ( ] [": r"+ ++ - -- \) \( \] \[",
    "an (unclosed bracket": r"an \(unclosed bracket",
    "word" + "+" * 1000: "(word:6.7275)",
}


@pytest.mark.parametrize("prompt", SAME_MEANING)
def test_what_means_the_same(prompt):
    converted = convert_invokeai(prompt)
    assert converted.prompt == SAME_MEANING[prompt]
    assert (converted.negative_prompt, converted.notes) == ("", ())


@pytest.mark.parametrize(
    ("prompt", "converted"),
    [
        ("a cat.swap(dog) sits", "a [cat:dog:0.2] sits"),
        ("a (fluffy cat).swap(smiling dog)", "a [fluffy cat:smiling dog:0.2]"),
        ('a "fluffy cat".swap("smiling, dog", s_start=0.1, s_end=0.5)', "a [fluffy cat:smiling, dog:0.5]"),
        ("a cat.swap() sits", "a [cat::0.2] sits"),
        ("cat.swap(dog, s_end=1)", "[cat:dog:1.0]"),
        (".swap(dog)", "[:dog:0.2]"),
        ("a (cat)1.3.swap(dog)", "a [(cat:1.3):dog:0.2]"),
    ],
)
def test_a_swap_becomes_an_edit(prompt, converted):
    assert convert_invokeai(prompt).prompt == converted
    assert convert_invokeai(prompt).notes == (SWAP_NOTE,)


@pytest.mark.parametrize(
    ("prompt", "converted"),
    [
        ('("a cat", "a dog").blend(1, 3)', "a cat :0.25 AND a dog :0.75"),
        ('("a (cat)", "dog+").blend(0.5,0.5)', "a cat :0.5 AND (dog:1.1) :0.5"),
        ('("a", "b", "c").blend(1, 1, -0.5)', "a :0.4 AND b :0.4 AND c :0.2"),
        ('("a", "b").blend(1, 3, no_normalize)', "a :1 AND b :3"),
        ('("a", "b").blend()', "a :0.5 AND b :0.5"),
        ('("a", "b").blend(0, 0)', "a :0 AND b :0"),
    ],
)
def test_a_blend_becomes_a_composition(prompt, converted):
    assert convert_invokeai(prompt).prompt == converted
    assert convert_invokeai(prompt).notes == (BLEND_NOTE,)


def test_square_brackets_become_the_negative_prompt():
    converted = convert_invokeai("a horse [woman (saddle)0.5], field [blue-]")
    assert converted.prompt == "a horse , field"
    assert converted.negative_prompt == "woman (saddle:0.5), (blue:0.9)"
    assert converted.notes == (NEGATIVE_NOTE,)


def test_brackets_that_cross_are_kept_as_text():
    assert convert_invokeai("a [b (c] d)").prompt == r"a \[b c\] d"


def test_weights_are_those_that_a1111_reads():
    converted = convert_invokeai(r"a (picking (apricots)1.3)1.1 \(x\) [").prompt
    assert [(piece.text, round(piece.weight, 4)) for piece in parse_attention(converted)] == [
        ("a ", 1.0),
        ("picking ", 1.1),
        ("apricots", 1.43),
        (" (x) [", 1.0),
    ]


def test_nesting_without_end_is_refused():
    with pytest.raises(InputError, match="more than 100 deep"):
        convert_invokeai("(" * 50_000)


@given(st.text(alphabet=st.sampled_from('ab +-.,()[]"\\:<>01.swapblend\n猫'), max_size=60))
def test_any_text_is_converted(prompt):
    converted = convert_invokeai(prompt)
    parse_attention(converted.prompt)
    parse_attention(converted.negative_prompt)


@pytest.mark.parametrize(
    "piece",
    ["a", "+", "-", '"', "\\", "<", ".", "a+", ")", "]", ".swap(", '.swap("', '.swap("a"', "withLora(", "(a)1", ":1"],
)
def test_time_is_linear_in_the_length(piece):
    started = time.perf_counter()
    for start in ("", '("a", '):
        with suppress(InputError):
            convert_invokeai(start + piece * (50_000 // len(piece)))
    assert time.perf_counter() - started < 3
