import pytest
import torch

from modules.core.options import Settings
from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text.tokenizer import default_tokenizer
from modules.generation.prompt_options import (
    count_tokens,
    guidance_settings,
    prompt_infotext,
    read_prompts,
    text_settings,
)
from modules.generation.request import Txt2ImgRequest

LONG = "a red castle on a hill, " * 20
FIVE_VECTORS = EmbeddingIndex([(tuple(default_tokenizer().encode("cat")), Embedding("cat", (torch.zeros(5, 32),)))])


def infotext(embeddings=None, settings=None, **request):
    return prompt_infotext(Txt2ImgRequest(**request), Settings(settings or {}), embeddings)


def test_by_default_nothing_is_written():
    assert infotext(prompt="a [b:c:5] (d:1.2)", negative_prompt=LONG) == {}


def test_a_request_goes_before_the_setting():
    settings = Settings({"s_min_uncond": 2.0})

    assert guidance_settings(Txt2ImgRequest(), settings).skip_below == 2
    assert guidance_settings(Txt2ImgRequest(s_min_uncond=0.0), settings).skip_below == 0


def test_comments_go_from_all_prompts():
    request = read_prompts(
        Txt2ImgRequest(prompt="a#", negative_prompt="b#", hr_prompt="c#", hr_negative_prompt="d#"), Settings()
    )

    assert (request.prompt, request.negative_prompt, request.hr_prompt, request.hr_negative_prompt) == (*"abcd",)


def test_another_emphasis_is_written_if_there_is_any():
    assert infotext(settings={"emphasis": "No norm"}, prompt="a cat") == {}
    assert infotext(settings={"emphasis": "No norm"}, prompt="a (cat)") == {"Emphasis": "No norm"}
    assert infotext(settings={"emphasis": "None"}, negative_prompt="[cat]") == {"Emphasis": "None"}


@pytest.mark.parametrize("steps", [1, 10])
def test_old_timelines_are_written_where_they_make_other_texts(steps):
    old = {"use_old_scheduling": True}

    assert infotext(settings=old, prompt="[a:b:0.5]", steps=steps) == {}
    assert infotext(settings=old, prompt="[a:b:1.0] ", steps=10) == {"Old prompt editing timelines": True}
    assert infotext(settings=old, negative_prompt="[a:b:1.0]", steps=10) == {"Old prompt editing timelines": True}
    assert infotext(settings=old, prompt="[a:b:1.5]", enable_hr=True, steps=10) == {
        "Old prompt editing timelines": True
    }


@pytest.mark.parametrize(
    ("prompts", "pads"),
    [
        ({"prompt": LONG}, True),
        ({"negative_prompt": LONG}, True),
        ({"prompt": "a BREAK b"}, True),
        ({"prompt": "a [BREAK b:5]"}, True),
        ({"prompt": "a AND b"}, False),
        ({"prompt": LONG, "negative_prompt": LONG}, False),
        ({"prompt": LONG, "negative_prompt": LONG, "hr_prompt": "a"}, False),
        ({"prompt": LONG, "negative_prompt": LONG, "hr_prompt": "a", "enable_hr": True}, True),
        ({"prompt": "a <lora:" + "very " * 80 + "long:1>"}, False),
    ],
)
def test_padding_is_written_where_it_pads(prompts, pads):
    assert infotext(settings={"pad_cond_uncond": True}, **prompts) == ({"Pad conds": True} if pads else {})
    both = {"pad_cond_uncond": True, "pad_cond_uncond_v0": True}
    assert infotext(settings=both, **prompts) == ({"Pad conds v0": True} if pads else {})


def test_textual_inversions_count_as_many_tokens_as_they_have_vectors():
    prompt = "cat " * 20

    assert count_tokens(prompt, 20, Settings()) == (20, 75)
    assert count_tokens(prompt, 20, Settings(), embeddings=FIVE_VECTORS) == (100, 150)
    assert infotext(FIVE_VECTORS, {"pad_cond_uncond": True}, prompt=prompt) == {"Pad conds": True}


def test_tokens_are_counted_by_the_settings():
    assert count_tokens("a (b:1.2) # c", 20, Settings()) == (2, 75)
    assert count_tokens("a (b:1.2)", 20, Settings({"emphasis": "None"}))[0] > 2
    assert count_tokens("a # c", 20, Settings({"enable_prompt_comments": False}))[0] > 1


def test_every_setting_reaches_the_engine():
    text = text_settings(
        Settings(
            {
                "emphasis": "Ignore",
                "CLIP_stop_at_last_layers": 3,
                "comma_padding_backtrack": 7,
                "use_old_scheduling": True,
                "use_old_emphasis_implementation": True,
                "persistent_cond_cache": False,
            }
        )
    )
    assert (text.emphasis, text.clip_skip, text.comma_backtrack) == ("Ignore", 3, 7)
    assert (text.old_scheduling, text.old_emphasis, text.keeps_encodings) == (True, True, False)
    guidance = guidance_settings(
        Txt2ImgRequest(), Settings({"s_min_uncond_all": True, "skip_early_cond": 0.2, "batch_cond_uncond": False})
    )
    assert (guidance.skip_every_call, guidance.skip_early, guidance.in_one_batch) == (True, 0.2, False)
