"""The button for InvokeAI's prompt syntax."""

import pytest

from modules.core.errors import InputError
from modules.frontend.tabs.converter_events import UNCHANGED, convert_prompts


def test_both_prompts_are_converted_and_brackets_join_the_negative_prompt():
    prompt, negative_prompt, notes = convert_prompts("a cat++ in (the snow)1.3 [blurry]", "ugly+")
    assert (prompt, negative_prompt) == ("a (cat:1.21) in (the snow:1.3)", "(ugly:1.1), blurry")
    assert len(notes) == 1 and "square brackets" in notes[0]


@pytest.mark.parametrize("prompt", ["", "  a cat, (a dog:1.2) "])
def test_prompts_without_it_stay_and_it_is_said(prompt):
    assert convert_prompts(prompt, "") == (prompt.strip(), "", [UNCHANGED])


def test_brackets_nested_too_deep_are_refused():
    with pytest.raises(InputError):
        convert_prompts("(" * 5000, "")
