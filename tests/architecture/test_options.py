"""Every setting, whichever package declares it."""

import ast
import importlib
from collections import Counter
from pathlib import Path

import pytest

from modules.core.options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]


FILES = sorted(path for path in (ROOT / "modules").glob("*/*options.py") if path.parent.name != "core")


def declared_options():
    for path in FILES:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return list(OPTIONS)


@pytest.mark.parametrize("declared", declared_options(), ids=lambda declared: declared.name)
def test_an_option_takes_its_default_and_is_labelled(declared):
    assert declared.check(declared.default) == declared.default
    assert declared.label.strip() and declared.section.strip()


def test_there_are_options():
    assert len(OPTIONS) > 5


def test_every_option_is_declared_once():
    calls = [node for path in FILES for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    first = [call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    times = Counter(name for name in first if name in OPTIONS)
    assert len(times) == len(OPTIONS)
    assert [name for name in times if times[name] > 1] == []


def test_the_page_of_settings_names_every_option():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [declared.name for declared in OPTIONS if f"| `{declared.name}` |" not in page] == []
