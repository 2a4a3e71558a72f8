import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.imaging.infotext import NEGATIVE_PROMPT, parse_fields, parse_infotext, unquote, write_infotext

# What the format can carry: prompts without spaces around their lines that do not look like the other two parts,
# and at least three parameters, not empty, with keys of two characters or more.
prompts = (
    st.text(st.characters(exclude_categories=("Cs",)))
    .map(lambda text: "\n".join(line.strip() for line in text.strip().split("\n")).strip())
    .filter(lambda text: NEGATIVE_PROMPT not in text)
)
keys = st.from_regex(r"[A-Za-z][A-Za-z0-9 /-]{0,20}[A-Za-z0-9]", fullmatch=True)
values = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@given(prompts, prompts, st.dictionaries(keys, values, min_size=3))
def test_what_is_written_is_read_back(prompt, negative_prompt, parameters):
    parameters = {key: value for key, value in parameters.items() if key != value}
    parameters |= {"Steps": "20", "Sampler": "Euler a", "Seed": "1"}

    text = write_infotext(prompt, negative_prompt, parameters)

    assert parse_fields(text) == {"Prompt": prompt, "Negative prompt": negative_prompt, **parameters}


@given(st.text())
def test_any_text_is_read(text):
    parse_infotext(text)
    unquote(text)


def test_layout():
    parameters = {
        "Steps": 20,
        "CFG scale": 7.0,
        "Size": "64x96",
        "Model": None,
        "Tiling": True,
        "SD upscale": "SD upscale",
    }

    assert write_infotext("a cat\nin snow", "dog", {**parameters, "Lora hashes": "a: 1, b: 2"}) == (
        "a cat\nin snow\n"
        "Negative prompt: dog\n"
        'Steps: 20, CFG scale: 7.0, Size: 64x96, Tiling: True, SD upscale, Lora hashes: "a: 1, b: 2"'
    )


def test_an_empty_negative_prompt_has_no_line():
    assert write_infotext("a cat", "", {"Steps": 1}) == "a cat\nSteps: 1"


def test_an_empty_prompt_leaves_no_empty_line():
    assert write_infotext("", "dog", {"Steps": 1}) == "Negative prompt: dog\nSteps: 1"


@pytest.mark.parametrize("value", ['"', '"a', '"a"', " a", "a ", "a\rb", "a\nb", '"a", b: "c"', "\\", '\\"', "a,b"])
def test_values_that_look_like_the_layout_survive(value):
    text = write_infotext("x", "", {"Before": value, "Steps": "1", "After": value, "Last": value})

    assert parse_fields(text) == {
        "Prompt": "x", "Negative prompt": "", "Before": value, "Steps": "1", "After": value, "Last": value
    }  # fmt: skip


@pytest.mark.parametrize(
    ("version", "older"),
    [
        (
            "v1.5.2",
            {
                "Old prompt editing timelines",
                "Pad conds v0",
                "Downcast alphas_cumprod",
                "Refiner switch by sampling steps",
            },
        ),
        ("v1.7.0-224-g1234567", {"Downcast alphas_cumprod", "Refiner switch by sampling steps"}),
        ("v1.7.0-225-g1234567", {"Refiner switch by sampling steps"}),
        ("v1.8.0", set()),
        ("v1.10.1-easel-0.1.0", set()),
        ("f2.0.1v1.10.1-previous-665-gae278f79", set()),
        ("f0.0.17v1.8.0rc-latest-276-g29be1da7", set()),
        ("v" + "9" * 100_000, set()),
    ],
)
def test_an_older_version_implies_its_behaviour(version, older):
    parsed = parse_infotext(f"[a:b:5]\nSteps: 1, Sampler: DDIM, Refiner: x, Version: {version}")

    assert {key for key, value in parsed.items() if value is True} == older


def test_half_a_surrogate_pair_stays_quoted():
    assert unquote('"\\ud800"') == '"\\ud800"'


@pytest.mark.parametrize(
    "text",
    ["a" * 10**7, "a-" * 10**6, "- " * 10**6, 'aa:"' * 10**6, 'aa:"' + '\\"' * 10**6, ":" * 10**6, "a:" * 10**6,
     "aa: b, " * 10**5, "aa:" + " " * 10**6, "\n" * 10**6, "Negative prompt: \n" * 10**5, "[" * 10**6],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_hostile_text_is_read_in_linear_time(text):
    start = time.process_time()
    parse_infotext(text)
    assert time.process_time() - start < 2
