"""Controls' values become a request."""

import contextlib

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError, WebUIError
from modules.frontend.fields import Field, read_request, read_value
from modules.generation.request import Txt2ImgRequest

STEPS = Field("steps", gr.Slider(1, 150, 20, step=1, label="Sampling steps"))
CFG = Field("cfg_scale", gr.Slider(1, 30, 7, step=0.5, label="CFG Scale"))
SEED = Field("seed", gr.Number(-1, label="Seed", precision=0), empty=-1)
PROMPT = Field("prompt", gr.Textbox(label="Prompt"))
FIELDS = [PROMPT, STEPS, CFG, SEED]


def test_a_request_has_each_value_under_its_fields_name():
    request = read_request(Txt2ImgRequest, FIELDS, ["a cat", 7, 4.5, 12], sampler_name="Euler", save_images=True)
    assert (request.prompt, request.steps, request.cfg_scale, request.seed) == ("a cat", 7, 4.5, 12)
    assert request.save_images


@pytest.mark.parametrize("value", [None, "", "7", True, [7], {}])
def test_what_is_no_number_is_refused_by_the_controls_label(value):
    with pytest.raises(InputError, match=r"^Sampling steps needs a number"):
        read_value(STEPS, value)


@pytest.mark.parametrize("value", [7.5, float("nan"), float("inf")])
def test_a_whole_number_has_no_fraction(value):
    with pytest.raises(InputError, match=r"^Sampling steps"):
        read_value(STEPS, value)


def test_whole_numbers_arrive_as_such():
    assert read_value(STEPS, 20.0) == 20 and isinstance(read_value(STEPS, 20.0), int)
    assert isinstance(read_value(CFG, 7), float)


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_seed_is_a_random_one(value):
    assert read_value(SEED, value) == -1


@pytest.mark.parametrize("text", ["-1", " 12 ", ""])
def test_a_seed_may_be_a_text(text):
    field = Field("seed", gr.Textbox("-1", label="Seed"), empty=-1, whole=True)
    assert read_value(field, text) == int(text.strip() or -1)


def test_a_text_that_is_no_seed_is_refused():
    with pytest.raises(InputError, match=r"^Seed must be a whole number"):
        read_value(Field("seed", gr.Textbox("-1", label="Seed"), empty=-1, whole=True), "one")


EXTRA = gr.Checkbox(label="Extra")


@pytest.mark.parametrize(("ticked", "subseed"), [(True, 77), (False, -1), (None, -1)])
def test_extras_count_only_while_they_are_ticked(ticked, subseed):
    fields = [Field("", EXTRA), Field("subseed", gr.Number(precision=0, label="Variation seed"), only_if=EXTRA)]
    assert read_request(Txt2ImgRequest, fields, [ticked, 77]).subseed == subseed


def test_extras_that_do_not_count_may_be_wrong():
    fields = [Field("", EXTRA), Field("subseed", gr.Number(precision=0, label="Variation seed"), only_if=EXTRA)]
    assert read_request(Txt2ImgRequest, fields, [False, None]).subseed == -1


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3)


@given(st.tuples(st.text(), JSON, JSON, JSON))
def test_whatever_a_browser_sends_makes_a_request_or_one_sentence(values):
    with contextlib.suppress(WebUIError):
        request = read_request(Txt2ImgRequest, FIELDS, values)
        assert isinstance(request.steps, int) and isinstance(request.seed, int)
