"""The hash cache survives damage and does not read a file twice."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from modules.checkpoints.hashes import HashCache, legacy_hash

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"abc")
    return path


def test_a_known_hash_is_not_computed_again(file, tmp_path):
    cache = HashCache(tmp_path / "cache" / "hashes.json")
    assert cache.get(file, "checkpoint/a") is None
    assert cache.compute(file, "checkpoint/a") == ABC

    time = file.stat().st_mtime_ns
    file.write_bytes(b"xyz")
    os.utime(file, ns=(time, time))

    assert HashCache(cache.path).compute(file, "checkpoint/a") == ABC


def test_another_time_or_size_forgets_the_hash(file, tmp_path):
    cache = HashCache(tmp_path / "hashes.json")
    cache.compute(file, "key")
    os.utime(file, (1, 1))
    assert cache.get(file, "key") is None
    cache.compute(file, "key")
    file.write_bytes(b"abcd")
    os.utime(file, (1, 1))
    assert cache.get(file, "key") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"key": 3}', '{"key": {}}', '{"key": {"mtime": "x"}}', "\0"]
)
def test_a_damaged_cache_is_begun_anew(file, tmp_path, content):
    path = tmp_path / "hashes.json"
    path.write_text(content)

    assert HashCache(path).compute(file, "key") == ABC
    assert json.loads(path.read_text())["key"]["sha256"] == ABC


def test_a_cache_that_cannot_be_written_is_no_obstacle(file, tmp_path, caplog):
    (tmp_path / "taken").write_text("a file where the folder should be")

    assert HashCache(tmp_path / "taken" / "hashes.json").compute(file, "key") == ABC
    assert "computed again" in caplog.text


def test_many_threads_lose_nothing(tmp_path):
    files = [tmp_path / f"{i}.safetensors" for i in range(20)]
    for file in files:
        file.write_bytes(b"abc")
    cache = HashCache(tmp_path / "hashes.json")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file: cache.compute(file, file.name), files))

    assert len(json.loads(cache.path.read_text())) == 20


def test_legacy_hash_is_of_64_kib_at_1_mib(file, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(bytes(0x100000) + b"abc")

    assert legacy_hash(big) == ABC[:8]
    assert legacy_hash(tmp_path / "gone") is None
