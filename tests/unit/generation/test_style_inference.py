"""Styles are found again in the prompts that they were put into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.generation.request import Txt2ImgRequest
from modules.generation.style_inference import Prompts, take_styles_out, text_without
from modules.generation.styles import Style, add_style, apply_styles

INK = Style("ink", "ink drawing, black and white", "colour")
PHOTO = Style("photo", "photo of {prompt}, 50mm", "")
LONG = Style("long", "very detailed, ink drawing, black and white", "colour")
NOTHING = [Style("empty"), Style("place", "{prompt}", "{prompt}")]
STYLES = [INK, PHOTO, LONG, *NOTHING]


def found(prompt, negative="", hires=None):
    return take_styles_out(Prompts(prompt, negative), hires, STYLES)


@pytest.mark.parametrize("chosen", [[INK], [PHOTO], [LONG], [INK, PHOTO], [PHOTO, INK], []], ids=str)
@pytest.mark.parametrize("prompt", ["a cat", "", "a cat, dog"])
def test_what_was_applied_is_taken_out_again(chosen, prompt):
    styled = apply_styles(Txt2ImgRequest(prompt=prompt, negative_prompt="blurry"), chosen)

    result = found(styled.prompt, styled.negative_prompt)

    assert result.prompts == Prompts(prompt, "blurry")
    assert result.names == tuple(style.name for style in chosen)


def test_the_longest_that_fits_counts_and_both_prompts_must_fit():
    assert found("a cat, very detailed, ink drawing, black and white", "colour").names == ("long",)
    assert found("a cat, ink drawing, black and white", "").names == ()


def test_styles_of_hires_fix_are_in_both_passes_or_in_neither():
    styled = apply_styles(Txt2ImgRequest(prompt="a", enable_hr=True, hr_prompt="b"), [INK])

    both = found(styled.prompt, styled.negative_prompt, Prompts(styled.hr_prompt, styled.hr_negative_prompt))
    assert (both.names, both.prompts.prompt, both.hires) == (("ink",), "a", Prompts("b", ""))
    assert found(styled.prompt, styled.negative_prompt, Prompts("b", "")).names == ()


@given(st.text(), st.text())
def test_a_text_without_a_style_gives_the_text_again(text, style):
    text, rest = text.strip(), text_without(add_style(text.strip(), style), style)

    assert rest == text or not style.strip() or not text or text.endswith(",") or style.strip() != style
