"""What has to be installed: steps with a fingerprint each, so that a step runs again only when something changed."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.core.errors import InputError
from modules.core.flags import Flags

XFORMERS_PACKAGE = "xformers==0.0.35"


@dataclass(frozen=True)
class Step:
    """One run of `python -m`, of pip as a rule."""

    name: str
    title: str
    arguments: Sequence[str]
    requirements: str = ""
    """Content of the requirements file to give to pip, if any."""
    required: bool = True
    repeat: bool = False
    """Run it even if nothing changed."""

    @property
    def fingerprint(self) -> str:
        """What changes when the step has to run again."""
        parts = (*self.arguments, self.requirements, f"{sys.version_info.major}.{sys.version_info.minor}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def plan_steps(program: Path, flags: Flags, environ: Mapping[str, str], *, with_tests: bool = False) -> list[Step]:
    """Return every step these flags and this environment ask for, done or not.

    Raises:
        InputError: the requirements file is missing, or TORCH_COMMAND is malformed.
    """
    requirements = _read(program / (environ.get("REQS_FILE") or "requirements.txt"))
    pip_install = ["pip", "install", *(["--index-url", environ["INDEX_URL"]] if environ.get("INDEX_URL") else [])]
    steps: list[Step] = []

    torch = _torch_arguments(pip_install, _pin("torch", requirements), environ, again=flags.reinstall_torch)
    if torch:
        steps.append(Step("torch", "PyTorch", torch, repeat=flags.reinstall_torch))
    if environ.get("TORCH_COMMAND"):  # the version it brought stays, whatever it is
        requirements = re.sub(r"(?m)^torch\b.*$", "", requirements)
    steps.append(Step("packages", "packages", pip_install, requirements))
    alone = program / "requirements-no-deps.txt"
    if alone.exists():
        steps.append(Step("alone", "packages that come alone", [*pip_install, "--no-deps"], _read(alone)))

    if flags.xformers and xformers_fits():
        package = shlex.split(environ.get("XFORMERS_PACKAGE") or XFORMERS_PACKAGE)
        again = ["--force-reinstall"] if flags.reinstall_xformers else []
        arguments = [*pip_install, "--no-deps", *package, *again]
        steps.append(Step("xformers", "xFormers", arguments, required=False, repeat=flags.reinstall_xformers))
    if with_tests:
        steps.append(Step("tests", "packages for the tests", pip_install, _read(program / "requirements-test.txt")))
    return steps


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}. REQS_FILE may name another file.") from error


def _pin(package: str, requirements: str) -> str:
    match = re.search(rf"(?m)^{package}\s*[=<>~!][^#;\n]*", requirements)
    return match[0].strip() if match else package


def _torch_arguments(pip_install: Sequence[str], pinned: str, environ: Mapping[str, str], *, again: bool) -> list[str]:
    """Return how to install PyTorch ahead of the rest; empty when the package index's own build will do."""
    try:
        arguments = shlex.split(environ.get("TORCH_COMMAND", ""))
    except ValueError as error:
        raise InputError("TORCH_COMMAND has a quotation mark without its partner.") from error
    if not arguments and (again or environ.get("TORCH_INDEX_URL")):
        arguments = [*pip_install, pinned]
        if environ.get("TORCH_INDEX_URL"):
            arguments += ["--extra-index-url", environ["TORCH_INDEX_URL"]]
    if arguments and again:
        arguments += ["--force-reinstall", "--no-deps"]
    return arguments


def xformers_fits() -> bool:
    """Tell whether xFormers can work here: an NVIDIA GPU, on Linux or Windows."""
    return sys.platform != "darwin" and shutil.which("nvidia-smi") is not None
