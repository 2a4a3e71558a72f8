"""Reading headers: damaged files are told apart, and nothing but `CheckpointError` ever comes out."""

import json
import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from modules.checkpoints.header import read_header
from modules.core.errors import CheckpointError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"weight": torch.ones(3, 5), "bias": torch.zeros(3, dtype=torch.float16)}, path, {"title": "Größe"})
    return path


def with_header(content) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text


def test_names_shapes_and_metadata_are_read(file):
    header = read_header(file)

    assert header.shapes == {"weight": (3, 5), "bias": (3,)}
    assert header.metadata == {"title": "Größe"}
    entry = header.tensors["weight"]
    assert torch.frombuffer(bytearray(file.read_bytes()[entry.start : entry.end]), dtype=torch.float32).sum() == 15


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x01\x02", "not a safetensors file"),
        (b"once upon a time there was a text", "not a safetensors file"),
        (b"<!DOCTYPE html><html>404</html>", "not a safetensors file"),
        ("日本語のテキスト".encode(), "not a safetensors file"),
        (b"PK\x03\x04" + bytes(100), "pickled"),
        (b"\x80\x02}q\x00." + bytes(100), "pickled"),
        (bytes(100), "not a safetensors file"),
        ((500).to_bytes(8, "little") + b'{"a":', "incomplete"),
        ((2**60).to_bytes(8, "little") + b"{}", "not a safetensors file"),
        (with_header(b"{broken"), "damaged header"),
        (with_header(b'{"a": ' + b"[" * 100_000 + b"}"), "damaged header"),
        (with_header({"a": 3}), "damaged header"),
        (with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 9]}}), "damaged header"),
        (with_header({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, -8]}}), "damaged header"),
        (with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}), "damaged header"),
        (with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}), "incomplete"),
    ],
)
def test_a_damaged_file_is_explained(tmp_path, content, words):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match=words) as caught:
        read_header(path)

    assert str(caught.value).startswith("damaged.safetensors")


def test_a_truncated_file_tells_how_much_is_there(file):
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])

    with pytest.raises(CheckpointError, match=f"{len(whole) - 10:,} of {len(whole):,} bytes"):
        read_header(file)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    folder = tmp_path / "folder.safetensors"
    folder.mkdir()

    with pytest.raises(CheckpointError, match="is a folder"):
        read_header(folder)
    with pytest.raises(CheckpointError, match="no longer there"):
        read_header(tmp_path / "gone.safetensors")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_explained(file):
    file.chmod(0)

    with pytest.raises(CheckpointError, match="cannot be read"):
        read_header(file)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_causes_another_error(file, data):
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    target = file.with_name("fuzzed.safetensors")
    target.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    try:
        header = read_header(target)
    except CheckpointError:
        return
    assert all(0 <= entry.start <= entry.end <= target.stat().st_size for entry in header.tensors.values())
