from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import UnknownNameError
from modules.core.registry import Registry, shorten


@dataclass(frozen=True)
class Entry:
    name: str
    aliases: tuple[str, ...] = ()


def filled(*entries):
    registry = Registry("sampler")
    registry.add(*entries)
    return registry


def test_entries_come_in_menu_order():
    registry = filled(Entry("b"), Entry("a"))
    registry.add(Entry("c"))
    assert registry.names() == ["b", "a", "c"]
    assert [entry.name for entry in registry] == registry.names()
    assert len(registry) == 3


def test_names_and_aliases_disregard_case_and_blanks():
    entry = Entry("Euler a", ("k_euler_a",))
    registry = filled(entry)
    assert registry.get("EULER A") is registry.get(" K_Euler_A ") is entry
    assert "euler a" in registry and 3 not in registry


def test_an_unknown_name_gets_a_suggestion():
    registry = filled(Entry("DPM++ 2M"), Entry("Euler"))
    with pytest.raises(UnknownNameError, match='Did you mean "Euler"'):
        registry.get("Eulr")
    with pytest.raises(UnknownNameError, match=r"not found: 'zzzz'\.$"):
        registry.get("zzzz")


def test_an_entry_replaces_one_of_its_name_in_its_place():
    newer = Entry("a", ("new",))
    registry = filled(Entry("a"), Entry("b"), newer)
    assert registry.names() == ["a", "b"]
    assert registry.get("a") is registry.get("new") is newer


def test_adding_while_iterating_is_safe():
    registry = filled(Entry("a"))
    for entry in registry:
        registry.add(Entry(entry.name + "x"))
    assert registry.names() == ["a", "ax"]


@given(st.text())
def test_any_text_is_found_or_refused_in_a_short_sentence(text):
    registry = filled(Entry("Euler"))
    if registry.find(text) is None:
        with pytest.raises(UnknownNameError) as caught:
            registry.get(text)
        assert len(str(caught.value)) < 500


@given(st.text(), st.integers(1, 50))
def test_shortened_texts_keep_to_their_limit(text, limit):
    assert len(shorten(text, limit)) <= limit
    assert shorten(text, len(text)) == text
