"""The checkpoint of a picture is found by hash, then by name; no more files are read than needed."""

import dataclasses
import hashlib

import pytest

from modules.app.verify.checkpoint import address, find_checkpoint, find_titled
from modules.app.verify.verdict import CannotRepeatError
from modules.checkpoints.catalog import CheckpointCatalog
from modules.checkpoints.hashes import HashCache
from modules.core.flags import Flags
from modules.core.paths import make_paths

CONTENTS = {"small.safetensors": b"a", "dreamy, v2.safetensors": b"b" * 3000, "sub/large.safetensors": b"c" * 9000}


def digest(name):
    return hashlib.sha256(CONTENTS[name]).hexdigest()


@pytest.fixture
def open_catalog(tmp_path):
    folder = tmp_path / "models" / "Stable-diffusion"
    for name, content in CONTENTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def make(**flags):
        given = dataclasses.replace(Flags(), data_dir=tmp_path, **flags)
        return CheckpointCatalog(make_paths(given, {}), given, HashCache(tmp_path / "hashes.json"))

    return make


def hashed(catalog):
    return {info.name for info in catalog.all() if info.sha256}


@pytest.mark.parametrize("length", [10, 12, 64])
@pytest.mark.parametrize("name", CONTENTS)
def test_a_hash_finds_its_file_whatever_the_name(open_catalog, name, length):
    assert find_checkpoint(open_catalog(), "renamed since", digest(name)[:length].upper()).name == name


def test_the_file_of_that_name_is_read_first_and_alone(open_catalog):
    catalog = open_catalog()

    assert find_checkpoint(catalog, "large", digest("sub/large.safetensors")[:10]).name == "sub/large.safetensors"
    assert hashed(catalog) == {"sub/large.safetensors"}


def test_else_the_small_ones_are_read_first(open_catalog):
    catalog = open_catalog()
    find_checkpoint(catalog, "gone", digest("dreamy, v2.safetensors")[:10])

    assert hashed(catalog) == {"small.safetensors", "dreamy, v2.safetensors"}


def test_names_are_compared_as_infotexts_have_them(open_catalog):
    catalog = open_catalog()

    assert find_checkpoint(catalog, "dreamy v2", "").name == "dreamy, v2.safetensors"
    assert find_checkpoint(catalog, "sub_large", "").name == "sub/large.safetensors"
    assert hashed(catalog) == set()
    with pytest.raises(CannotRepeatError, match="'dream' is not here"):
        find_checkpoint(catalog, "dream", "")


def test_the_hash_of_before_2023(open_catalog):
    empty_part = hashlib.sha256(b"").hexdigest()[:8]  # of files below 1 MiB

    assert find_checkpoint(open_catalog(), "", empty_part).name in CONTENTS
    with pytest.raises(CannotRepeatError, match="with the hash 0123abcd is not here"):
        find_checkpoint(open_catalog(), "", "0123abcd")


def test_another_hash_under_the_same_name_is_told(open_catalog):
    theirs = (
        f"'small.safetensors' here has the hash {digest('small.safetensors')[:10]}, and the picture's has 0123456789"
    )
    with pytest.raises(CannotRepeatError, match=theirs):
        find_checkpoint(open_catalog(), "small", "0123456789")


def test_without_hashing_nothing_is_read(open_catalog):
    catalog = open_catalog(no_hashing=True)

    with pytest.raises(CannotRepeatError, match="--no-hashing"):
        find_checkpoint(catalog, "small", "0123456789")
    assert hashed(catalog) == set()


def test_titles_of_hires_fix_and_refiner(open_catalog):
    catalog = open_catalog()

    assert find_titled(catalog, f"x [{digest('small.safetensors')[:10]}]").name == "small.safetensors"
    assert find_titled(catalog, "small").name == "small.safetensors"
    with pytest.raises(CannotRepeatError):
        find_titled(catalog, "[nothing] here [")


def test_the_starter_is_found_though_it_hides_behind_real_checkpoints(open_catalog):
    catalog = open_catalog()
    starter = catalog.starter()
    if starter is None:
        pytest.skip("no starter model here")

    found = find_checkpoint(catalog, "easel-starter", "")

    assert found.filename == starter.filename
    assert catalog.find(found.name) is None
    assert catalog.find(address(catalog, found)).filename == starter.filename
