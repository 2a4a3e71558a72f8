"""What the documentation says agrees with the program."""

import re
from pathlib import Path

import pytest

from modules.core.flag_docs import flags_page
from modules.core.flag_kinds import Status
from modules.core.flags import flag_fields, flag_info, flag_name
from modules.generation.hooks import Hooks

ROOT = Path(__file__).resolve().parents[2]
CHECKLIST = (ROOT / "docs" / "CHECKLIST.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-Z]\d\d) \| (.+?) \| ([ABC]) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
IDS = (ROOT / "tests" / "data" / "checklist_ids.txt").read_text(encoding="utf-8").split()


def test_the_page_of_flags_is_up_to_date():
    page = (ROOT / "docs" / "flags.md").read_text(encoding="utf-8")
    assert page == flags_page(), "run: python -m modules.core.flag_docs"


def test_the_page_of_flags_names_every_flag():
    page = (ROOT / "docs" / "flags.md").read_text(encoding="utf-8")
    assert [flag_name(entry) for entry in flag_fields() if f"| `{flag_name(entry)}` |" not in page] == []


def test_flags_said_to_work_are_read_by_the_program():
    files = [*(ROOT / "modules").rglob("*.py"), ROOT / "webui.py"]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    shell = "\n".join((ROOT / name).read_text() for name in ("modules/setup/environment.sh", "webui.sh"))

    def is_read(entry):
        return re.search(rf"flags\.{entry.name}\b", source) or flag_name(entry) in shell

    working = [entry for entry in flag_fields() if flag_info(entry).status is Status.WORKS]
    assert [flag_name(entry) for entry in working if not is_read(entry)] == []


def test_the_checklist_has_every_row_once():
    assert [row[0] for row in ROW.findall(CHECKLIST)] == IDS


def test_every_state_of_the_checklist_is_one_of_four():
    for row, _, _, state, _ in ROW.findall(CHECKLIST):
        assert re.fullmatch(r"works|not yet|(partly|will not)\W.*\w.*", state), f"{row}: {state}"


def test_what_works_names_a_test_and_named_tests_exist():
    for row, _, _, state, shown_by in ROW.findall(CHECKLIST):
        if state == "works":
            assert shown_by, f"{row} works: name the test that shows it"
        for reference in re.findall(r"tests/[\w/.:\[\]-]+", shown_by):
            path, _, test = reference.partition("::")
            assert (ROOT / path).exists(), f"{row}: {path}"
            assert f"def {test.partition('[')[0]}" in (ROOT / path).read_text(encoding="utf-8"), f"{row}: {reference}"


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")) + sorted(ROOT.glob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_hook_of_scripts_is_documented():
    page = (ROOT / "docs" / "scripts.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(Hooks) if not name.startswith("_") and name != "wants"]
    assert [name for name in ("setup", *hooks) if f"| `{name}` |" not in page] == []
