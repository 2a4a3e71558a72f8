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


SD_NEXT = (
    "a cat\nNegative prompt: dog\nSteps: 20, Size: 1024x1024, Sampler: DPM++ 2M, Seed: 1, CFG scale: 6, Clip skip: 1, "
    "App: SD.Next, Version: 6a59d9a, Pipeline: StableDiffusionXLPipeline, Operations: txt2img, Model: sdxl, "
    "Model hash: 31e35c80fc, Backend: Diffusers, Parser: native"
)
FORGE = (
    "a cat\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 1, "
    "Size: 896x1152, Model hash: bea01d51bd, Model: flux1-dev, Version: f2.0.1v1.10.1-previous-304-g394da019, "
    "Diffusion in Low Bits: Automatic (fp16 LoRA), Module 1: ae, Module 2: clip_l"
)
CIVITAI = (
    "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x768, Created Date: "
    '2024-10-03T10:07:31.7460Z, Civitai resources: [{"type":"checkpoint","modelVersionId":290640,"modelName":"Pony"}], '
    "Civitai metadata: {}"
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (SD_NEXT, {"Sampler": "DPM++ 2M", "Version": "6a59d9a", "Size-2": "1024", "Negative prompt": "dog"}),
        (FORGE, {"Schedule type": "Simple", "Distilled CFG Scale": "3.5", "Module 2": "clip_l", "Size-1": "896"}),
        (CIVITAI, {"Sampler": "Euler a", "Seed": "1", "Size-2": "768", "CFG scale": "7"}),
        (SD_NEXT.replace("\n", "\r\n"), {"Prompt": "a cat", "Negative prompt": "dog", "Seed": "1"}),
        (f"\n\n {FORGE} \n\n", {"Prompt": "a cat", "Seed": "1"}),
    ],
    ids=["SD.Next", "Forge", "Civitai", "lines as on Windows", "empty lines around it"],
)
def test_texts_of_other_programs(text, wanted):
    parsed = parse_infotext(text)

    assert {key: parsed[key] for key in wanted} == wanted
    assert parsed["Prompt"] == "a cat"
    assert "Old prompt editing timelines" not in parsed and "Downcast alphas_cumprod" not in parsed
