"""What is planned to be installed, for each wish of the user."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from modules.core.errors import InputError, StorageError
from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.setup import packages
from modules.setup.install import explain_failure, worth_showing
from modules.setup.packages import plan_steps


@pytest.fixture
def program(tmp_path):
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\ntorchthing==1\nnumpy==2.0\n")
    (tmp_path / "requirements-test.txt").write_text("pytest==9\n")
    return tmp_path


def names(steps):
    return [step.name for step in steps]


def test_by_default_one_step_installs_the_pinned_requirements(program):
    (step,) = plan_steps(program, Flags(), {})
    assert list(step.arguments) == ["pip", "install"]
    assert "torch==2.13.0" in step.requirements and step.required


def test_packages_that_ask_for_too_much_come_alone_and_last(program):
    (program / "requirements-no-deps.txt").write_text("spandrel==1\n")
    _, alone = plan_steps(program, Flags(), {})
    assert list(alone.arguments) == ["pip", "install", "--no-deps"] and alone.requirements == "spandrel==1\n"


def test_another_build_of_torch_keeps_its_pin(program):
    torch, rest = plan_steps(program, Flags(), {"TORCH_INDEX_URL": "https://example.org/cuda"})
    assert list(torch.arguments)[2:] == ["torch==2.13.0", "--extra-index-url", "https://example.org/cuda"]
    assert "torch==2.13.0" in rest.requirements


def test_the_users_own_torch_command_is_not_undone_afterwards(program):
    torch, rest = plan_steps(program, Flags(), {"TORCH_COMMAND": 'pip install --pre "torch==2.14.dev1"'})
    assert list(torch.arguments) == ["pip", "install", "--pre", "torch==2.14.dev1"]
    assert "torch==" not in rest.requirements.replace("torchthing==", "")
    assert "torchthing==1" in rest.requirements


def test_a_mirror_and_another_file_are_used(program):
    (program / "mine.txt").write_text("numpy==1\n")
    (step,) = plan_steps(program, Flags(), {"INDEX_URL": "https://example.org/mirror", "REQS_FILE": "mine.txt"})
    assert list(step.arguments) == ["pip", "install", "--index-url", "https://example.org/mirror"]
    assert step.requirements == "numpy==1\n"


def test_what_changes_the_fingerprint(program):
    def fingerprint(**environ):
        return plan_steps(program, Flags(), environ)[-1].fingerprint

    before = fingerprint()
    assert before == fingerprint() != fingerprint(INDEX_URL="https://example.org")
    (program / "requirements.txt").write_text("numpy==3\n")
    assert fingerprint() != before


def test_xformers_only_where_it_can_work(program, monkeypatch):
    wanted = replace(Flags(), xformers=True)
    monkeypatch.setattr(packages, "xformers_fits", lambda: True)
    step = plan_steps(program, wanted, {"XFORMERS_PACKAGE": "xformers==9"})[-1]
    assert (step.name, step.required) == ("xformers", False)
    assert "xformers==9" in step.arguments and "--no-deps" in step.arguments
    assert names(plan_steps(program, Flags(), {})) == ["packages"]
    monkeypatch.setattr(packages, "xformers_fits", lambda: False)
    assert names(plan_steps(program, wanted, {})) == ["packages"]


def test_reinstalling_repeats(program):
    torch = plan_steps(program, replace(Flags(), reinstall_torch=True), {})[0]
    assert torch.repeat and list(torch.arguments)[-3:] == ["torch==2.13.0", "--force-reinstall", "--no-deps"]


def test_tests_need_more(program):
    assert names(plan_steps(program, Flags(), {}, with_tests=True)) == ["packages", "tests"]


def test_mistakes_are_one_sentence(program):
    with pytest.raises(InputError, match="REQS_FILE"):
        plan_steps(program, Flags(), {"REQS_FILE": "missing.txt"})
    with pytest.raises(InputError, match="quotation mark"):
        plan_steps(program, Flags(), {"TORCH_COMMAND": 'pip install "torch'})


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("OSError: [Errno 13] Permission denied: '/opt'", "no right to write"),
        (
            "Retrying ... Name or service not known\nERROR: No matching distribution found for torch==2",
            "download failed",
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "A download failed"),
        ("ERROR: No matching distribution found for torch==2.13.0", "There is no torch==2.13.0 for Python"),
        ("error: externally-managed-environment", "Leave venv_dir unset"),
        ("something else", "could not be installed"),
    ],
)
def test_failures_say_what_to_do(output, said):
    error = explain_failure(output, Path("/x/venv/bin/python"), Path("/x/tmp/setup.log"))
    assert said in str(error).splitlines()[0]
    assert str(error).splitlines()[-1] == "  The whole log: /x/tmp/setup.log"
    assert isinstance(error, StorageError) == ("disk" in said or "right" in said)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (899.1 MB)", "torch 2.13.0 (899.1 MB)"),
        (
            "Downloading https://example.org/a-b/typing_extensions-4.16.0.tar.gz (37 kB)",
            "typing_extensions 4.16.0.tar.gz (37 kB)",
        ),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("Requirement already satisfied: torch==2.13.0", ""),
        ("ERROR: " + "x" * 500, "ERROR: " + "x" * 153),
    ],
)
def test_pips_chatter_becomes_short(line, shown):
    assert worth_showing(line) == shown


def test_the_real_requirements_are_exact_and_without_torchvision():
    for name in ("requirements.txt", "requirements-test.txt"):
        lines = (PROGRAM_FOLDER / name).read_text().splitlines()
        wanted = [line for line in lines if line and not line.startswith("#")]
        assert [line for line in wanted if "==" not in line] == []
        assert not any(line.startswith(("torchvision", "xformers")) for line in wanted)


def test_the_set_up_needs_the_standard_library_only():
    check = "import sys, modules.setup.__main__; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(PROGRAM_FOLDER)!r}); {check}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) <= {"modules", "__main__"}
