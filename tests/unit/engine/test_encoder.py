"""Encoding with the tiny checkpoint: schedules, emphasis, kept encodings, equal lengths."""

import dataclasses

import pytest
import torch

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.engine.encodings import EncodingCache
from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text import encoder as encoder_module
from modules.engine.text.encoder import encode_composed, encode_prompts, encode_texts
from modules.engine.text.padding import pad_or_cut_negative, pad_with_empty_prompt
from modules.engine.text.reading import TextSettings, longest_text
from modules.engine.text.tokenizer import default_tokenizer
from tests.golden.evidence import COMMITTED

PLAIN = TextSettings()
LONG = "a red castle on a hill, " * 20


@pytest.fixture(scope="module")
def loaded():
    file = COMMITTED / "tiny-random.safetensors"
    info = CheckpointInfo(file, file.name, config=file.with_suffix(".yaml"))
    return load_checkpoint(info, dataclasses.replace(Flags(), use_cpu=("all",)))


@pytest.fixture
def model(loaded):
    return dataclasses.replace(loaded, encodings=EncodingCache())


@pytest.fixture
def runs(model, monkeypatch):
    """How many chunks went through the text encoder in each run."""
    counted = []
    hidden_states = encoder_module._hidden_states

    def count(model, chunks, clip_skip):
        counted.append(len(chunks))
        return hidden_states(model, chunks, clip_skip)

    monkeypatch.setattr(encoder_module, "_hidden_states", count)
    return counted


def same(ours, theirs):
    return torch.allclose(ours, theirs, atol=1e-5)


def test_each_stage_is_what_its_text_alone_is(model):
    cond = encode_prompts(model, ["a [cat:dog:3]", "a [cat|dog]"], 6, PLAIN)

    cat, dog = (encode_texts(model, [text], PLAIN)[0] for text in ("a cat", "a dog"))
    assert [same(cond.at(call)[0], cat) for call in range(6)] == [True] * 4 + [False] * 2
    assert [same(cond.at(call)[1], dog) for call in range(6)] == [False, False, True, False, True, False]


def test_parts_of_and_keep_their_weights(model):
    cond = encode_composed(model, ["a cat :1.5 AND a dog", "a cat"], 4, PLAIN)

    cat, dog = (encode_texts(model, [text], PLAIN)[0] for text in ("a cat", "a dog"))
    assert cond.weights == ((1.5, 1.0), (1.0,))
    assert same(cond.at(0), torch.stack([cat, dog, cat]))


def test_the_negative_prompt_knows_no_and(model):
    assert len(encode_prompts(model, ["a AND b"], 4, PLAIN).prompts) == 1


def test_the_second_pass_has_its_own_times(model):
    cond = encode_prompts(model, ["[cat:dog:0.5]"], 4, PLAIN, first_pass_steps=10)

    assert same(cond.at(0), encode_texts(model, ["dog"], PLAIN))


@torch.inference_mode()
def test_original_emphasis_keeps_the_mean_over_all_stages(model):
    """A text that holds for three stages counts three times."""
    texts = ["a (cat:1.5)", "a dog"]
    thrice = encode_texts(model, texts, PLAIN, times=[3, 1])

    bare = encode_texts(model, texts, TextSettings(emphasis="Ignore"))
    weighted = encode_texts(model, texts, TextSettings(emphasis="No norm"))
    kept = (3 * bare[0].mean() + bare[1].mean()) / (3 * weighted[0].mean() + weighted[1].mean())
    assert torch.allclose(thrice, weighted * kept, rtol=1e-3)
    assert not torch.allclose(thrice, encode_texts(model, texts, PLAIN), rtol=1e-3)


def test_an_alternation_is_encoded_once_for_each_text(model, runs):
    encode_prompts(model, ["a [red|blue] cat"], 50, PLAIN)

    assert runs == [2]


def test_many_texts_are_encoded_in_parts(model, runs):
    texts = [f"a cat and {number} dogs" for number in range(40)]
    encoded = encode_texts(model, texts, PLAIN)

    assert runs == [32, 8]
    assert same(encoded[37:38], encode_texts(model, texts[37:38], PLAIN))


def test_a_schedule_of_too_many_chunks_is_refused_before_it_is_encoded(model, runs):
    prompt = "[" + "|".join(f"{number} dogs" for number in range(600)) + "]" + LONG * 2
    with pytest.raises(InputError, match="too many"):
        encode_prompts(model, [prompt], 600, PLAIN)
    assert runs == []


@pytest.mark.parametrize("prompt", ["a AND " * 2000, "a AND " * 50 + LONG * 40], ids=["many", "long"])
def test_too_many_parts_are_refused(model, prompt):
    with pytest.raises(InputError, match="AND"):
        encode_composed(model, [prompt], 4, PLAIN)


# --- kept encodings -----------------------------------------------------------------------------------------------


def test_a_prompt_is_encoded_once(model, runs):
    first = encode_prompts(model, ["a cat", "a cat"], 10, PLAIN).at(0)
    again = encode_prompts(model, ["a cat"], 20, PLAIN).at(0)

    assert runs == [1]
    assert torch.equal(first[:1], again)


@pytest.mark.parametrize(
    "settings", [TextSettings(clip_skip=2), TextSettings(emphasis="None"), TextSettings(comma_backtrack=0)]
)
def test_other_settings_encode_anew(model, runs, settings):
    encode_prompts(model, ["a cat"], 10, PLAIN)
    encode_prompts(model, ["a cat"], 10, settings)

    assert runs == [1, 1]


def test_other_embeddings_encode_anew(model, runs):
    plain = encode_prompts(model, ["a cat"], 10, PLAIN).at(0)
    vector = torch.randn(1, 32, generator=torch.Generator().manual_seed(0))
    name = tuple(default_tokenizer().encode("cat"))
    changed = dataclasses.replace(model, embeddings=EmbeddingIndex([(name, Embedding("cat", (vector,)))]))

    assert not same(plain, encode_prompts(changed, ["a cat"], 10, PLAIN).at(0))
    assert same(plain, encode_prompts(model, ["a cat"], 10, PLAIN).at(0))
    assert runs == [1, 1]


def test_nothing_is_kept_if_the_setting_says_so(model, runs):
    for _ in range(2):
        encode_prompts(model, ["a cat"], 10, TextSettings(keeps_encodings=False))

    assert runs == [1, 1]


def test_what_is_kept_is_bounded():
    cache = EncodingCache(most_bytes=1000)
    made = []

    def get(key, floats=100):
        return cache.get(key, lambda: made.append(key) or torch.zeros(floats))

    for key in ("a", "b", "a", "c", "a", "b"):  # 400 bytes each: two fit, and "b" is the one not used for longest
        get(key)
    get("huge", floats=1000)
    get("a")

    assert made == ["a", "b", "c", "b", "huge", "a"]


# --- equal lengths ------------------------------------------------------------------------------------------------


def test_the_shorter_side_is_filled_with_empty_chunks(model):
    cond, uncond = encode_composed(model, ["a cat"], 4, PLAIN), encode_prompts(model, [LONG], 4, PLAIN)
    empty = encode_texts(model, [""], PLAIN)

    for one, other in ((cond, uncond), (encode_composed(model, [LONG], 4, PLAIN), cond.parts)):
        padded, negative = pad_with_empty_prompt(one, other, empty)
        assert padded.length == negative.length == uncond.length
        short = padded.parts if one is cond else negative
        assert torch.equal(short.at(0)[:, :77], cond.at(0))
        assert torch.equal(short.at(0)[:, 77:154], empty)


def test_the_old_padding_repeats_or_cuts_the_negative_prompt(model):
    short, long = encode_prompts(model, ["a cat"], 4, PLAIN), encode_prompts(model, [LONG], 4, PLAIN)
    as_prompt = encode_composed

    longer = pad_or_cut_negative(as_prompt(model, [LONG], 4, PLAIN), short)
    cut = pad_or_cut_negative(as_prompt(model, ["a cat"], 4, PLAIN), long)
    assert longer.length == long.length
    assert (longer.at(0)[:, 77:] == short.at(0)[:, -1:]).all()
    assert torch.equal(cut.at(0), long.at(0)[:, :77])


# --- counting -----------------------------------------------------------------------------------------------------


def test_the_longest_of_all_texts_counts():
    longest = longest_text("[a:a b c:5] [d|] AND e", 10, PLAIN)

    assert (longest.token_count, longest.capacity) == (4, 75)


def test_old_emphasis_ends_after_75_tokens():
    longest = longest_text(LONG, 10, TextSettings(old_emphasis=True))

    assert (longest.token_count, len(longest.chunks)) == (75, 1)
