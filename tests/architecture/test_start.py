"""The port answers before anything heavy is imported, so what webui.py imports stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def heavy_modules_after(statement):
    check = f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    return {"torch", "gradio", "diffusers", "transformers", "pandas", "numpy"} & set(done.stdout.split())


def test_webui_imports_nothing_heavy():
    assert heavy_modules_after("import webui") == set()


@pytest.mark.parametrize("package", ["modules.core.flags", "modules.core.options", "modules.core.progress"])
def test_core_imports_nothing_heavy(package):
    assert heavy_modules_after(f"import {package}") == set()


def test_the_check_sees_what_is_imported():
    assert heavy_modules_after("import numpy") == {"numpy"}
