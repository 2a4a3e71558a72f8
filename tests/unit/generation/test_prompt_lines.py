import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.generation.prompt_lines import PromptLine, read_line, read_lines


@pytest.mark.parametrize(
    ("line", "prompt", "values"),
    [
        ("a cat", "a cat", {}),
        ("a cat -- and a dog", "a cat -- and a dog", {}),
        ("cat's \"eye", "cat's \"eye", {}),
        ("--prompt a red cat --steps 30", "a red cat", {"steps": 30}),
        ('--prompt "a cat, --not an option" --seed -1', "a cat, --not an option", {"seed": -1}),
        ("--cfg_scale 7.5 --width 640 --height 384", "", {"cfg_scale": 7.5, "width": 640, "height": 384}),
        ("--sampler_name DPM++ 2M --tiling true", "", {"sampler_name": "DPM++ 2M", "tiling": True}),
        ("--restore_faces False --styles one, two words", "", {"restore_faces": False, "styles": ["one", "two words"]}),
        ("--do_not_save_grid true --sd_model tiny", "", {"do_not_save_grid": True, "sd_model": "tiny"}),
    ],
)
def test_options_of_a_line(line, prompt, values):
    assert read_line(3, line) == PromptLine(3, prompt, "", values)


def test_negative_prompts_are_kept_apart_and_lines_are_counted_with_the_empty_ones():
    lines = read_lines("\n a cat \n\n--prompt dog --negative_prompt ugly, blurry\r\n")

    assert lines == [PromptLine(2, "a cat"), PromptLine(4, "dog", "ugly, blurry")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--foo 1", "no option --foo"),
        ("--steps many", "--steps takes a whole number, not 'many'"),
        ("--steps", "--steps takes a whole number, not ''"),
        ("--width 1.5", "whole number"),
        ("--cfg_scale x", "takes a number"),
        ("--tiling perhaps", "true or false"),
        ('--prompt "a cat', "not closed"),
        ("--", "no option --"),
    ],
)
def test_mistakes_are_told_with_the_line(line, words):
    with pytest.raises(InputError, match="Line 2: ") as error:
        read_lines(f"fine\n{line}")
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["", " \n\t\n", "a\n" * 10_001])
def test_empty_and_endless_lists_are_told(text):
    with pytest.raises(InputError):
        read_lines(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_told_in_one_sentence(text):
    told = ""
    try:
        read_lines(text)
    except InputError as error:
        told = str(error)
    assert "\n" not in told
