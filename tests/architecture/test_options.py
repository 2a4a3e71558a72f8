"""Every setting, whichever package declares it."""

import importlib
from pathlib import Path

import pytest

from modules.core.options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]


def declared_options():
    for path in sorted((ROOT / "modules").rglob("options.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return list(OPTIONS)


@pytest.mark.parametrize("declared", declared_options(), ids=lambda declared: declared.name)
def test_an_option_takes_its_default_and_is_labelled(declared):
    assert declared.check(declared.default) == declared.default
    assert declared.label.strip() and declared.section.strip()


def test_there_are_options():
    assert len(OPTIONS) > 5
