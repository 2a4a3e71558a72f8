"""Textual inversions in a prompt: found, laid out in chunks, put in place of tokens."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from modules.engine.networks.embeddings import Embedding, EmbeddingIndex
from modules.engine.text.chunks import CHUNK_LENGTH, split_into_chunks
from modules.engine.text.embeddings import PlacedEmbedding, embeddings_in_place
from modules.engine.text.reading import TextSettings, embeddings_in
from modules.engine.text.schedule import Timeline
from modules.engine.text.tokenizer import END_TOKEN, default_tokenizer

WIDTH = 4


def make_index(**lengths):
    encode = default_tokenizer().encode
    named = {name.replace("_", "-"): length for name, length in lengths.items()}
    return EmbeddingIndex(
        (encode(name), Embedding(name, (torch.full((length, WIDTH), float(length)),))) for name, length in named.items()
    )


INDEX = make_index(tiny_emb=3, tiny_emb2=2, long=75, wide=10)


def chunks_of(prompt, **options):
    return split_into_chunks(prompt, default_tokenizer(), embeddings=INDEX, **options).chunks


def placed(prompt, **options):
    return [[(fix.offset, fix.embedding.name) for fix in chunk.embeddings] for chunk in chunks_of(prompt, **options)]


def test_it_takes_as_many_places_as_it_has_vectors():
    (chunk,) = chunks_of("a tiny-emb cat")
    assert [(fix.offset, fix.embedding.name) for fix in chunk.embeddings] == [(2, "tiny-emb")]
    cat = default_tokenizer().encode("cat")[0]
    assert chunk.tokens[5] == cat
    assert chunk.tokens[6] == END_TOKEN


def test_its_places_have_the_weight_of_its_words():
    (chunk,) = chunks_of("a (tiny-emb:1.4) cat")
    assert chunk.weights[1:7] == (1.0, 1.4, 1.4, 1.4, 1.0, 1.0)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("TINY-EMB", [(1, "tiny-emb")]),
        ("tiny - emb", [(1, "tiny-emb")]),
        ("tiny-emb2", [(1, "tiny-emb2")]),
        ("tiny-emb tiny-emb", [(1, "tiny-emb"), (4, "tiny-emb")]),
        ("tiny-embers", []),
        ("tiny", []),
        ("tiny-(emb)", []),
        ("", []),
    ],
)
def test_where_it_is_found(prompt, found):
    assert placed(prompt) == [found]


def test_without_embeddings_prompts_are_read_as_ever():
    plain = split_into_chunks("a tiny-emb cat", default_tokenizer())
    assert plain == split_into_chunks("a tiny-emb cat", default_tokenizer(), embeddings=EmbeddingIndex())
    assert plain.chunks[0].embeddings == ()


def test_one_that_does_not_fit_begins_the_next_chunk():
    assert placed("x " * 65 + "wide") == [[(66, "wide")]]
    assert placed("x " * 66 + "wide") == [[], [(1, "wide")]]
    assert placed("x long long") == [[], [(1, "long")], [(1, "long")]]


def test_one_after_the_last_comma_moves_on_with_its_words():
    chunks = chunks_of("x " * 59 + ", tiny-emb " + "y " * 20)
    assert [[fix.offset for fix in chunk.embeddings] for chunk in chunks] == [[], [1]]
    assert chunks[0].tokens[61:] == (END_TOKEN,) * 16
    assert chunks[1].tokens[1:4] == (0, 0, 0)


def test_one_before_the_last_comma_stays():
    assert placed("x " * 56 + "tiny-emb, " + "y " * 20) == [[(57, "tiny-emb")], []]


@given(
    words=st.lists(st.sampled_from(["x", ",", "tiny-emb", "wide", "long", "(tiny-emb2:1.2)", "BREAK"]), max_size=120)
)
def test_none_ever_straddles_chunks(words):
    read = split_into_chunks(" ".join(words), default_tokenizer(), embeddings=INDEX)

    for chunk in read.chunks:
        assert len(chunk.tokens) == len(chunk.weights) == CHUNK_LENGTH + 2
        for fix in chunk.embeddings:
            assert fix.offset >= 1
            assert fix.offset + fix.embedding.length <= CHUNK_LENGTH + 1
            assert set(chunk.tokens[fix.offset : fix.offset + fix.embedding.length]) == {0}
    wanted = [word.strip("()").removesuffix(":1.2") for word in words if word not in {"x", ",", "BREAK"}]
    assert [fix.embedding.name for chunk in read.chunks for fix in chunk.embeddings] == wanted


def test_vectors_come_in_place_of_tokens_and_leave_with_the_context():
    layer = torch.nn.Embedding(10, WIDTH).requires_grad_(False)
    ids = torch.zeros(2, 77, dtype=torch.long)
    before = layer(ids)
    own = torch.randn(2, WIDTH)

    with embeddings_in_place(layer, [[], [PlacedEmbedding(5, Embedding("x", (own,)))]]):
        inside = layer(ids)

    assert torch.equal(inside[1, 5:7], own)
    inside[1, 5:7] = before[1, 5:7]
    assert torch.equal(inside, before)
    assert torch.equal(layer(ids), before)
    assert not layer._forward_hooks


def test_vectors_leave_also_after_an_error():
    layer = torch.nn.Embedding(10, WIDTH)
    with (
        pytest.raises(RuntimeError),
        embeddings_in_place(layer, [[PlacedEmbedding(1, Embedding("x", (torch.ones(1, WIDTH),)))]]),
    ):
        raise RuntimeError
    assert not layer._forward_hooks


def test_half_precision_encoders_take_them():
    layer = torch.nn.Embedding(10, WIDTH).half()
    with embeddings_in_place(layer, [[PlacedEmbedding(1, Embedding("x", (torch.ones(1, WIDTH),)))]]):
        assert layer(torch.zeros(1, 77, dtype=torch.long))[0, 1].tolist() == [1.0] * WIDTH


@pytest.mark.parametrize(
    ("prompt", "is_negative", "names"),
    [
        ("a [tiny-emb:wide:0.5] cat, long", False, ["tiny-emb", "long", "wide"]),
        ("[tiny-emb|wide]", False, ["tiny-emb", "wide"]),
        ("a cat AND tiny-emb :1.2 AND wide", False, ["tiny-emb", "wide"]),
        ("tiny-emb, tiny-emb", True, ["tiny-emb"]),
        ("[cat:tiny-emb:30]", False, []),
    ],
)
def test_what_a_prompt_uses_over_its_steps(prompt, is_negative, names):
    used = embeddings_in(prompt, Timeline(20), TextSettings(), INDEX, is_negative=is_negative)
    assert [embedding.name for embedding in used] == names
