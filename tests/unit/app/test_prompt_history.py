"""The prompts used before."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from modules.app.prompt_history import LONGEST, PromptHistory
from modules.core.errors import StorageError


@pytest.fixture
def make(tmp_path):
    return lambda: PromptHistory(tmp_path / "prompt_history.json", tmp_path / "tmp" / "prompt_history.json")


def texts(history):
    return [used.texts for used in history.all()]


def test_the_latest_is_first_each_is_there_once_and_a_restart_keeps_them(make):
    history = make()
    for prompt in ("a fox", "a house", " a fox\n", "", "été 雪 \N{FOX FACE}"):
        history.add(prompt, "blurry" if prompt == "a house" else "", 10)
    history.add("", "only negative", 10)
    expected = [("", "only negative"), ("été 雪 \N{FOX FACE}", ""), ("a fox", ""), ("a house", "blurry")]
    assert texts(history) == texts(make()) == expected
    assert all(used.time.startswith("20") for used in make().all())


def test_no_more_are_kept_than_wanted(make):
    history = make()
    for number in range(5):
        history.add(f"prompt {number}", "", 3)
    assert texts(make()) == [("prompt 4", ""), ("prompt 3", ""), ("prompt 2", "")]
    history.add("none", "", 0)
    history.add("x" * (LONGEST + 1), "", 3)
    assert len(texts(make())) == 3 and texts(make())[0] == ("prompt 4", "")


def test_they_can_be_forgotten(make):
    history = make()
    history.add("a fox", "", 3)
    history.clear()
    assert texts(history) == texts(make()) == [] and not history.path.exists()
    history.clear()


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '{"prompts": 3}', '{"prompts": [3, {"prompt": 4}, null]}', "\x00", "[" * 99_999]
)
def test_a_broken_file_is_an_empty_list_that_fills_again(make, content):
    history = make()
    history.path.write_text(content, encoding="utf-8")
    assert texts(history) == []
    history.add("a fox", "", 3)
    assert texts(make()) == [("a fox", "")]


def test_entries_of_another_version_are_read_as_far_as_they_go(make):
    history = make()
    entries = [{"prompt": "a fox", "more": 1}, {"prompt": ["x"]}, {"negative_prompt": "b", "time": "now"}]
    history.path.write_text(json.dumps({"prompts": entries}), encoding="utf-8")
    assert texts(history) == [("a fox", ""), ("", "b")]


def test_a_place_that_cannot_be_written_stops_no_picture(tmp_path):
    (tmp_path / "file").write_text("in the way")
    history = PromptHistory(tmp_path / "file" / "prompt_history.json", tmp_path / "tmp")
    history.add("a fox", "", 3)
    assert texts(history) == [("a fox", "")]
    with pytest.raises(StorageError, match="delete it by hand"):
        history.clear()


def test_many_at_once_lose_nothing(make):
    history = make()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: history.add(f"prompt {number}", "", 100), range(40)))
    assert len(set(texts(make()))) == 40
