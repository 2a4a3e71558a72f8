"""Network tags are told about."""

import pytest

from modules.generation.network_comments import network_comments


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "Style.safetensors").write_bytes(b"")
    return [tmp_path, tmp_path / "missing"]


@pytest.mark.parametrize(
    ("prompt", "comments"),
    [
        ("a cat", []),
        ("a <b> cat", []),
        ("a cat <lora:missing:1>", ["Lora not found: missing"]),
        ("<lora:a:1><lora:a:2><lyco:b>", ["Lora not found: a, b"]),
        ("a cat <lora:style:0.5>", ["Loras cannot be used yet, and were left out: style"]),
        ("<hypernet:x:1> <what:y>", 2),
    ],
)
def test_each_tag_is_told_once(folders, prompt, comments):
    told = network_comments(prompt, folders)

    assert told == comments if isinstance(comments, list) else len(told) == comments
