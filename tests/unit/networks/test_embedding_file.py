"""Textual inversions in every form they come in, and files that only look like one."""

import io
import os
import pickle
import zipfile

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.core.errors import CheckpointError
from modules.networks.embedding_data import LARGEST_FILE
from modules.networks.embedding_file import read_embedding_file
from tests.unit.networks.embedding_files import (
    torch_bytes,
    vectors,
    write_bin,
    write_png,
    write_png_text,
    write_pt,
    write_safetensors,
)

EXPECTED = vectors()

WRITERS = {
    "a1111.pt": lambda path: write_pt(path, EXPECTED),
    "parameter.pt": lambda path: write_pt(path, torch.nn.Parameter(EXPECTED)),
    "training-script.pt": lambda path: torch.save(
        {"string_to_param": torch.nn.ParameterDict({"*": torch.nn.Parameter(EXPECTED)})}, path
    ),
    "old-torch.pt": lambda path: path.write_bytes(
        torch_bytes({"string_to_param": {"*": EXPECTED}}, _use_new_zipfile_serialization=False)
    ),
    "half.pt": lambda path: write_pt(path, EXPECTED.half()),
    "bfloat.safetensors": lambda path: write_safetensors(path, emb_params=EXPECTED.bfloat16()),
    "double.bin": lambda path: write_bin(path, EXPECTED.double()),
    "concept.bin": lambda path: write_bin(path, EXPECTED),
    "UPPER.BIN": lambda path: write_bin(path, EXPECTED),
    "params.safetensors": lambda path: write_safetensors(path, emb_params=EXPECTED),
    "any-key.safetensors": lambda path: write_safetensors(path, **{"<cat-toy>": EXPECTED}),
    "picture.png": lambda path: write_png(path, EXPECTED),
    "ünï 猫 (x).pt": lambda path: write_pt(path, EXPECTED),
}


@pytest.mark.parametrize("file_name", WRITERS)
def test_every_form_gives_its_vectors(tmp_path, file_name):
    path = tmp_path / file_name
    WRITERS[file_name](path)

    found = read_embedding_file(path)

    assert found.name == file_name.rpartition(".")[0]
    assert (found.widths, found.length) == ((32,), 2)
    torch.testing.assert_close(found.vectors[0], EXPECTED, rtol=0.01, atol=0.01)
    assert found.vectors[0].dtype == torch.float32
    assert not found.vectors[0].requires_grad


def test_a_single_vector_may_be_flat(tmp_path):
    write_bin(tmp_path / "x.bin", EXPECTED[0])
    assert read_embedding_file(tmp_path / "x.bin").vectors[0].shape == (1, 32)


@pytest.mark.parametrize("keys", [("clip_l", "clip_g"), ("text_encoders_0", "text_encoders_1")])
def test_both_encoders_of_sdxl_are_kept(tmp_path, keys):
    write_safetensors(tmp_path / "x.safetensors", **dict(zip(keys, (vectors(3, 32), vectors(3, 48)), strict=True)))

    found = read_embedding_file(tmp_path / "x.safetensors")

    assert found.widths == (32, 48)
    assert [len(part) for part in found.embedding.vectors] == [3, 3]


def test_what_the_file_says_of_its_training(tmp_path):
    write_pt(tmp_path / "x.pt", EXPECTED, step=500, sd_checkpoint="1234abcd", sd_checkpoint_name="a\ud800b")
    found = read_embedding_file(tmp_path / "x.pt")
    assert (found.step, found.sd_checkpoint, found.sd_checkpoint_name) == (500, "1234abcd", "a?b")


def test_training_data_of_the_wrong_type_is_left_out(tmp_path):
    write_pt(tmp_path / "x.pt", EXPECTED, step="many", sd_checkpoint=7, sd_checkpoint_name=[])
    found = read_embedding_file(tmp_path / "x.pt")
    assert (found.step, found.sd_checkpoint, found.sd_checkpoint_name) == (None, None, None)


def test_the_hash_is_that_of_the_file(tmp_path):
    write_pt(tmp_path / "x.pt", EXPECTED)
    assert len(read_embedding_file(tmp_path / "x.pt").embedding.short_hash) == 12
    assert read_embedding_file(tmp_path / "x.pt", hashing=False).embedding.short_hash is None


def test_a_picture_without_an_embedding_is_just_a_picture(tmp_path):
    write_png_text(tmp_path / "x.png", None)
    assert read_embedding_file(tmp_path / "x.png") is None


def test_a_huge_picture_is_just_a_picture(tmp_path):
    with (tmp_path / "x.png").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert read_embedding_file(tmp_path / "x.png") is None


class _RunsCode:
    def __reduce__(self):
        return (os.system, ("echo PWNED > pwned",))


def _bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(LARGEST_FILE + 1))
    return file.getvalue()


BAD = {
    "empty.pt": (b"", "is empty"),
    "empty.safetensors": (b"", "is empty"),
    "empty.png": (b"", "is empty"),
    "text.pt": (b"<html>not found</html>", "damaged"),
    "text.safetensors": (b"<html>not found</html>", "damaged"),
    "cut.pt": (torch_bytes({"string_to_param": {"*": EXPECTED}})[:700], "damaged"),
    "hostile.pt": (torch_bytes({"string_to_param": {"*": _RunsCode()}}), "could run a program"),
    "hostile-old.bin": (torch_bytes({"x": _RunsCode()}, _use_new_zipfile_serialization=False), "could run a program"),
    "hostile-raw.pt": (pickle.dumps(_RunsCode(), protocol=2), "damaged|could run a program"),
    "bomb.pt": (_bomb(), "damaged"),
    "list.pt": (torch_bytes([EXPECTED]), "holds no textual inversion"),
    "nothing.pt": (torch_bytes({}), "holds no textual inversion"),
    "number.pt": (torch_bytes({"string_to_param": 5}), "holds no textual inversion"),
    "two.bin": (torch_bytes({"a": EXPECTED, "b": EXPECTED}), "or several"),
    "text-in-place.bin": (torch_bytes({"emb_params": "x"}), "not floating-point"),
    "whole.bin": (torch_bytes({"a": torch.ones(2, 32, dtype=torch.int64)}), "not floating-point"),
    "complex.bin": (torch_bytes({"a": torch.ones(2, 32, dtype=torch.complex64)}), "not floating-point"),
    "sparse.bin": (torch_bytes({"a": torch.eye(3).to_sparse()}), "not floating-point|damaged"),
    "meta.bin": (torch_bytes({"a": torch.ones(2, 32, device="meta")}), "not floating-point|damaged"),
    "cube.bin": (torch_bytes({"a": torch.ones(2, 3, 4)}), "shape"),
    "scalar.bin": (torch_bytes({"a": torch.ones(())}), "shape"),
    "none.bin": (torch_bytes({"a": torch.ones(0, 32)}), "shape"),
    "flat.bin": (torch_bytes({"a": torch.ones(2, 0)}), "shape"),
    "stretched.bin": (torch_bytes({"a": torch.ones(1, 1).expand(2, 10**9)}), "shape"),
    "long.bin": (torch_bytes({"a": torch.ones(100, 32)}), "has 100 vectors; a prompt takes 75"),
    "nan.bin": (torch_bytes({"a": torch.full((2, 32), torch.nan)}), "NaN or infinite"),
    "overflow.bin": (torch_bytes({"a": torch.full((2, 32), 1e300, dtype=torch.float64)}), "NaN or infinite"),
    "uneven.bin": (torch_bytes({"clip_l": vectors(2), "clip_g": vectors(3)}), "different number"),
}


@pytest.mark.filterwarnings("ignore:Detected pickle protocol:UserWarning", "ignore:.*[Ss]parse.*:UserWarning")
@pytest.mark.parametrize("file_name", BAD)
def test_a_bad_file_is_told_in_a_sentence(tmp_path, monkeypatch, file_name):
    monkeypatch.chdir(tmp_path)
    content, sentence = BAD[file_name]
    (tmp_path / file_name).write_bytes(content)

    with pytest.raises(CheckpointError, match=sentence) as caught:
        read_embedding_file(tmp_path / file_name)

    assert file_name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("text", ["!", "bm90IGpzb24=", "NQ==", "W10=", "eyJUT1JDSFRFTlNPUiI6IFsxLCBbMl1dfQ=="])
def test_a_bad_embedding_in_a_picture_is_told(tmp_path, text):
    write_png_text(tmp_path / "x.png", text)
    with pytest.raises(CheckpointError, match=r"x\.png"):
        read_embedding_file(tmp_path / "x.png")


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "x.safetensors").open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(CheckpointError, match="3,000,000,000 bytes, too many"):
        read_embedding_file(tmp_path / "x.safetensors")


@pytest.mark.parametrize("file_name", ["x.pt", "x.safetensors", "x.png", "x.bin"])
def test_a_missing_file_is_told(tmp_path, file_name):
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_embedding_file(tmp_path / file_name)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file_name=st.sampled_from(["a1111.pt", "training-script.pt", "old-torch.pt", "params.safetensors", "picture.png"]),
    position=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=8),
    cut=st.booleans(),
)
def test_damage_anywhere_is_a_sentence_or_harmless(tmp_path, file_name, position, junk, cut):
    path = tmp_path / file_name
    WRITERS[file_name](path)
    data = path.read_bytes()
    at = int(position * len(data))
    path.write_bytes(data[:at] + junk + (b"" if cut else data[at + len(junk) :]))

    try:
        found = read_embedding_file(path)
    except CheckpointError:
        return
    assert found is None or found.vectors[0].isfinite().all()
