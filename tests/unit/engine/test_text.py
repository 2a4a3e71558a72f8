import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.engine.text.chunks import CHUNK_LENGTH, split_into_chunks
from modules.engine.text.grammar import parse_attention
from modules.engine.text.tokenizer import END_TOKEN, START_TOKEN, default_tokenizer

SYNTAX = st.text(alphabet="ab ()[]:\\|.15,BREAKé猫😀\n", max_size=60)


@given(SYNTAX)
def test_any_text_parses(prompt):
    assert all(isinstance(piece.weight, float) for piece in parse_attention(prompt))


@given(st.text(alphabet="abc xyz", max_size=30))
def test_escaped_brackets_are_text(words):
    escaped = f"\\({words}\\) \\[{words}\\]"

    assert [piece.text for piece in parse_attention(escaped)] == [f"({words}) [{words}]"]


@given(st.floats(0.1, 5).map(lambda x: round(x, 2)), st.floats(0.1, 5).map(lambda x: round(x, 2)))
def test_nested_weights_multiply(outer, inner):
    pieces = parse_attention(f"(a (b:{inner}):{outer})")

    assert next(piece.weight for piece in pieces if "b" in piece.text) == pytest.approx(outer * inner)


@pytest.mark.parametrize("prompt", ["(" * 100_000, "[" * 100_000, "(a" * 50_000, "([" * 50_000])
def test_absurd_nesting_is_refused(prompt):
    with pytest.raises(InputError, match="deep"):
        parse_attention(prompt)


@pytest.mark.parametrize("prompt", [")" * 50_000, "(a)" * 20_000, ":" * 50_000, "\\" * 50_000, "(:1" * 100 + ")" * 100])
@pytest.mark.timeout(60)
def test_long_prompts_parse_in_linear_time(prompt):
    """Quadratic time would run into the timeout."""
    assert "".join(piece.text for piece in parse_attention(prompt)) is not None


@given(SYNTAX)
def test_every_chunk_is_77_tokens_between_its_ends(prompt):
    for chunk in split_into_chunks(prompt, default_tokenizer()).chunks:
        assert len(chunk.tokens) == len(chunk.weights) == CHUNK_LENGTH + 2
        assert (chunk.tokens[0], chunk.tokens[-1]) == (START_TOKEN, END_TOKEN)


@given(st.text(max_size=80))
def test_any_unicode_gives_known_tokens(text):
    assert all(0 <= token <= END_TOKEN for token in default_tokenizer().encode(text))


def test_the_token_counter_imports_no_transformers():
    program = (
        "import sys, modules.engine.text.chunks; print([m for m in sys.modules if m in ('transformers', 'diffusers')])"
    )

    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
