"""In `modules/`, a folder is code and a file is a legacy name; the program never imports the files."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "modules"
LEGACY = sorted(path for path in MODULES.glob("*.py") if path.name != "__init__.py")
CODE = sorted(path for path in MODULES.rglob("*.py") if path.parent != MODULES)
LONGER_LEGACY = {"shared.py": 150, "processing.py": 150, "images.py": 150}
LONGEST_LEGACY = 80
LONGEST_FILE = 500
LONGEST_FUNCTION = 100
LONGEST_LAYOUT = 150  # functions of frontend/ that lay out a page


def name(path):
    return str(path.relative_to(ROOT))


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_code_to_look_at():
    assert len(CODE) > 30


@pytest.mark.parametrize("path", [*CODE, ROOT / "webui.py"], ids=name)
def test_code_imports_no_legacy_name(path):
    legacy = {f"modules.{file.stem}" for file in LEGACY}
    assert not legacy & set(imported_modules(path))


def test_legacy_names_say_so_and_are_short():
    for path in LEGACY:
        text = path.read_text(encoding="utf-8")
        assert text.startswith('"""Legacy name'), path
        assert text.count("\n") <= LONGER_LEGACY.get(path.name, LONGEST_LEGACY), path


def test_every_folder_of_code_is_a_package():
    folders = {path.parent for path in CODE}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_names_say_what_is_inside():
    vague = re.compile(r"^(utils?|helpers?|common|misc|stuff)\.py$|_(utils?|helpers?)\.py$")
    assert [name(path) for path in CODE if vague.search(path.name)] == []


def test_files_and_functions_have_a_readable_length():
    too_long = []
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            too_long.append(name(path))
        limit = LONGEST_LAYOUT if path.is_relative_to(MODULES / "frontend") else LONGEST_FUNCTION
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= limit:
                too_long.append(f"{name(path)}: {node.name}")
    assert too_long == []


def test_only_checkpoints_import_the_heavy_libraries():
    importers = {
        path.parent
        for path in CODE
        if {module.partition(".")[0] for module in imported_modules(path)} & {"diffusers", "transformers"}
        and "TYPE_CHECKING" not in path.read_text(encoding="utf-8")
    }
    assert importers <= {MODULES / "checkpoints", MODULES / "enhance" / "interrogate"}, "each loads networks of its own"


def test_scripts_have_unix_line_ends_and_may_be_run():
    scripts = ["webui.sh", "test.sh", "webui-user.sh", ".ci/run", "modules/setup/environment.sh"]
    for script in scripts:
        assert b"\r" not in (ROOT / script).read_bytes(), script
    for script in ["webui.sh", "test.sh", ".ci/run"]:
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_nothing_that_tools_make_is_committed():
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    made = re.compile(r"__pycache__|\.py[co]$|^(venv|tmp|outputs|cache)/|^(config|ui-config)\.json$|\.orig$|~$")
    assert [path for path in listing.stdout.splitlines() if made.search(path)] == []
