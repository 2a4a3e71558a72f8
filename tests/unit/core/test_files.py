import threading
from pathlib import Path

import pytest

from modules.core.errors import StorageError
from modules.core.files import temporary_sibling, write_atomically

FULL = Path("/dev/full")


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_text_is_written_as_utf8_and_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, "Grüße 🍎")
    assert path.read_bytes() == "Grüße 🍎".encode()
    write_atomically(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert names(path.parent) == ["b.txt"]


def fail_after_writing_half(path):
    path.write_text("half")
    raise ZeroDivisionError


def test_the_old_file_stays_when_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")
    with pytest.raises(ZeroDivisionError), temporary_sibling(path) as temporary:
        fail_after_writing_half(temporary)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_readers_never_see_half_a_file(tmp_path):
    path = tmp_path / "a.txt"
    contents = {letter * 300_000 for letter in "ab"}
    write_atomically(path, "a" * 300_000)
    done = threading.Event()

    def write():
        for _ in range(40):
            for content in contents:
                write_atomically(path, content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_text())
    writer.join()
    assert seen <= contents


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="Cannot write into"):
        write_atomically(tmp_path / "taken" / "a.txt", "x")


def test_a_target_that_is_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(StorageError, match="Cannot write"):
        write_atomically(tmp_path / "folder", "x")
    assert names(tmp_path) == ["folder"]


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(tmp_path):
    with (
        pytest.raises(StorageError, match="No space left"),
        temporary_sibling(tmp_path / "a.txt"),
        FULL.open("w") as full,
    ):
        full.write("x" * 100_000)
