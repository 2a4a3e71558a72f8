import contextlib
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core import option_store
from modules.core import options as options_module
from modules.core.errors import InputError, StorageError, UnknownNameError
from modules.core.option_store import OptionStore
from modules.core.options import Option, Settings
from modules.core.registry import Registry

STEPS = Option("test_steps", 20, label="Steps", section="test")
RATIO = Option("test_ratio", 1.5, label="Ratio", section="test")
NAME = Option("test_name", "one", label="Name", section="test", choices=("one", "two"))
LISTED = Option("test_list", ["a"], label="List", section="test")
SWITCH = Option("test_switch", False, label="Switch", section="test")
SEVERAL = Option("test_several", ["x"], label="Several", section="test", choices=("x", "y"))
FREE = Option("test_free", "", label="Free", section="test")
TEXT = Option("test_text", "This explains.", label="", section="test", kind="html")


@pytest.fixture(autouse=True)
def _only_these_options(monkeypatch):
    registry = Registry("setting")
    registry.add(STEPS, RATIO, NAME, LISTED, SWITCH, SEVERAL, FREE, TEXT)
    for module in (option_store, options_module):
        monkeypatch.setattr(module, "OPTIONS", registry)


@pytest.fixture
def store(tmp_path):
    return OptionStore(tmp_path / "config.json", tmp_path / "tmp" / "config.corrupt.json")


def on_disk(store):
    return json.loads(store.path.read_text(encoding="utf-8"))


def test_defaults_hold_until_something_is_set(store):
    assert store[STEPS] == 20
    assert store.get("test_steps") == 20
    assert not store.path.exists()


def test_a_change_is_saved_and_read_again(store):
    assert store.update({"test_steps": 30, "test_switch": False}) == ["test_steps"]
    assert on_disk(store) == {"test_steps": 30}
    assert OptionStore(store.path, store.set_aside)[STEPS] == 30


def test_keys_that_are_no_settings_are_kept(store):
    store.path.write_text('{"from_an_extension": {"a": [1]}, "test_steps": 7}', encoding="utf-8")
    again = OptionStore(store.path, store.set_aside)
    again.update({"test_steps": 8})
    assert on_disk(again) == {"from_an_extension": {"a": [1]}, "test_steps": 8}
    assert again.data()["from_an_extension"] == {"a": [1]}
    assert again.data()["test_ratio"] == 1.5


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'"text"', b"\xff\xfe", b'{"a": 1}x'])
def test_a_corrupt_file_is_set_aside_and_named(store, content):
    store.path.write_bytes(content)
    again = OptionStore(store.path, store.set_aside)
    assert again[STEPS] == 20
    assert store.set_aside.read_bytes() == content
    assert not store.path.exists()
    assert len(again.notices) == 1 and "config.json" in again.notices[0]


def test_no_file_that_was_set_aside_is_overwritten(store):
    for number, content in enumerate(["{", "[", "x"], 1):
        store.path.write_text(content)
        OptionStore(store.path, store.set_aside)
        name = "config.corrupt.json" if number == 1 else f"config.corrupt-{number}.json"
        assert store.set_aside.with_name(name).read_text() == content


def test_a_file_too_deep_to_read_is_a_corrupt_one(store):
    store.path.write_text("[" * 100_000)
    assert "could not be read" in OptionStore(store.path, store.set_aside).notices[0]


def test_a_file_saved_by_notepad_is_read(store):
    store.path.write_text('{"test_steps": 7}', encoding="utf-8-sig")
    again = OptionStore(store.path, store.set_aside)
    assert (again[STEPS], again.notices) == (7, [])


def test_a_value_of_the_wrong_type_in_the_file_gives_the_default_and_is_told(store, caplog):
    content = {"test_steps": "many", "test_name": "three", "test_ratio": 2.5, "unknown": "kept"}
    store.path.write_text(json.dumps(content), encoding="utf-8")
    again = OptionStore(store.path, store.set_aside)
    assert [(again[STEPS], again[NAME], again[RATIO]) for _ in range(3)] == [(20, "one", 2.5)] * 3
    assert len(caplog.records) == 2
    assert [line.split(" ")[1] for line in again.bad_values()] == ["test_steps", "test_name"]
    again.update({"test_steps": 5})
    assert on_disk(again) == {**content, "test_steps": 5}, "nothing is lost that was not set anew"
    assert len(again.bad_values()) == 1


@pytest.mark.parametrize(
    ("content", "key", "value"),
    [
        ({"quicksettings": "sd_model_checkpoint, sd_vae,"}, "quicksettings_list", ["sd_model_checkpoint", "sd_vae"]),
        ({"quicksettings": "a", "quicksettings_list": ["b"]}, "quicksettings_list", ["b"]),
        ({"quicksettings": 5}, "quicksettings_list", None),
        ({"quick_setting_list": ["a"]}, "quicksettings_list", ["a"]),
        ({"sd_vae_as_default": True}, "sd_vae_overrides_per_model_preferences", False),
        ({"sd_vae_as_default": False}, "sd_vae_overrides_per_model_preferences", True),
        ({"ui_reorder": "inpaint, sampler"}, "ui_reorder_list", ["inpaint", "sampler"]),
    ],
)
def test_keys_of_older_versions_are_understood(store, content, key, value):
    store.path.write_text(json.dumps(content), encoding="utf-8")
    again = OptionStore(store.path, store.set_aside)
    assert again.data().get(key) == value
    again.update({"test_steps": 3})
    assert on_disk(again).items() >= content.items()


def test_each_entry_of_a_list_must_be_among_the_choices(store):
    assert store.update({"test_several": ["y", "x"]}) == ["test_several"]
    with pytest.raises(InputError, match="test_several must be one of x, y, not 'z'"):
        store.update({"test_several": ["x", "z"]})


def test_a_text_that_explains_cannot_be_set_but_is_told(store):
    assert store.update({"test_text": "Something else.", "test_steps": 4}) == ["test_steps"]
    assert store.data()["test_text"] == "This explains."
    assert on_disk(store) == {"test_steps": 4}


def test_half_a_character_is_kept_too(store):
    store.update({"test_free": "\ud800"})
    assert OptionStore(store.path, store.set_aside)[FREE] == "\ud800"


def test_null_is_the_default_of_a_text(store):
    store.update({"test_name": "two"})
    assert store.update({"test_name": None}) == ["test_name"]
    assert store[NAME] == "one"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("test_steps", "x"),
        ("test_steps", True),
        ("test_steps", float("nan")),
        pytest.param("test_steps", 10**400, id="test_steps-huge"),
        pytest.param("test_ratio", 10**400, id="test_ratio-huge"),
        ("test_steps", [1]),
        ("test_ratio", float("inf")),
        ("test_name", "three"),
        ("test_name", {"a": 1}),
        ("test_list", "a"),
        ("test_switch", "yes"),
        ("test_switch", 2),
    ],
)
def test_a_wrong_value_is_one_sentence_and_changes_nothing(store, key, value):
    with pytest.raises(InputError, match=key):
        store.update({"test_ratio": 2.5, key: value})
    assert store[RATIO] == 1.5
    assert not store.path.exists()


def test_an_unknown_key_changes_nothing(store):
    with pytest.raises(UnknownNameError, match="test_step"):
        store.update({"test_steps": 3, "test_stepz": 3})
    assert store[STEPS] == 20


def test_whole_numbers_written_with_a_point_are_whole(store):
    store.update({"test_steps": 30.0, "test_switch": 1})
    assert store[STEPS] == 30 and isinstance(store[STEPS], int)
    assert store[SWITCH] is True


def test_callbacks_get_the_value_once_it_is_set(store):
    seen = []
    store.on_change(STEPS, lambda value: seen.append((value, store[STEPS])))
    store.update({"test_steps": 21})
    store.update({"test_steps": 21})
    assert seen == [(21, 21)]


def test_a_callback_that_fails_takes_the_change_back(store):
    def refuse(value):
        raise InputError("This checkpoint cannot be loaded.")

    store.on_change(NAME, refuse)
    with pytest.raises(InputError, match="cannot be loaded"):
        store.update({"test_steps": 99, "test_name": "two"})
    assert (store[STEPS], store[NAME]) == (20, "one")
    assert not store.path.exists()
    store.on_change(RATIO, refuse)
    store.update({"test_steps": 30})
    assert on_disk(store) == {"test_steps": 30}


def test_what_the_program_remembers_is_not_a_change(store):
    seen = []
    store.on_change(NAME, seen.append)
    store.remember(NAME, "two")
    assert store[NAME] == "two" and seen == [] and not store.path.exists()


def test_a_snapshot_does_not_change_with_the_store(store):
    before = store.snapshot()
    store.update({"test_steps": 50})
    assert (before[STEPS], store.snapshot()[STEPS]) == (20, 50)


def test_overrides_lie_on_top_of_a_snapshot():
    settings = Settings()
    overlaid = settings.overlaid({"test_steps": 5.0})
    assert (overlaid[STEPS], settings[STEPS], overlaid[RATIO]) == (5, 20, 1.5)
    with pytest.raises(UnknownNameError):
        settings.overlaid({"nothing": 1})
    with pytest.raises(InputError):
        settings.overlaid({"test_steps": None, "test_name": 3.5, "test_list": 1})


def test_concurrent_updates_lose_nothing(store):
    def count(declared, values):
        for value in values:
            store.update({declared.name: value})

    threads = [
        threading.Thread(target=count, args=(STEPS, range(100, 150))),
        threading.Thread(target=count, args=(RATIO, [n / 2 for n in range(100, 150)])),
        threading.Thread(target=count, args=(LISTED, [[str(n)] for n in range(50)])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {"test_steps": 149, "test_ratio": 74.5, "test_list": ["49"]}
    assert {key: store.get(key) for key in expected} == expected
    assert on_disk(store) == expected


def test_a_slow_write_does_not_overwrite_a_newer_one(store, monkeypatch):
    write, slow = option_store.write_json, threading.Event()

    def write_slowly_at_first(path, content):
        if not slow.is_set():
            slow.set()
            second.start()
            second.join(timeout=0.5)
        write(path, content)

    monkeypatch.setattr(option_store, "write_json", write_slowly_at_first)
    second = threading.Thread(target=store.update, args=({"test_steps": 2},))
    store.update({"test_ratio": 9.5})
    second.join()
    assert on_disk(store) == {"test_ratio": 9.5, "test_steps": 2}


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    store = OptionStore(tmp_path / "taken" / "config.json", tmp_path / "aside.json")
    with pytest.raises(StorageError, match="hold until the program ends, but are not kept: Cannot write"):
        store.update({"test_steps": 3})
    assert store[STEPS] == 3


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_is_taken_or_refused(value):
    for declared in (STEPS, RATIO, NAME, LISTED, SWITCH):
        with contextlib.suppress(InputError):
            checked = declared.check(value)
            assert declared.check(checked) == checked
