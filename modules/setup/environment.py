"""The virtual environment: made when missing, mended when an earlier set-up was cut short."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import cast

from modules.core.errors import InputError, StorageError, WebUIError
from modules.core.files import write_atomically

if os.name == "nt":
    import msvcrt
else:
    import fcntl


@dataclass(frozen=True)
class Environment:
    """A place to install packages into. `folder` is None when they go into the Python that runs this."""

    folder: Path | None
    python: Path
    stamp: Path
    """What is installed, as fingerprints by name; written last, so that a set-up cut short is not taken for done."""
    unfinished: Path
    """Exists while packages are being installed."""

    def installed(self) -> Mapping[str, str]:
        """Return the fingerprints of what is installed."""
        try:
            content: object = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return cast("dict[str, str]", content) if isinstance(content, dict) and self.python.exists() else {}

    def mark_installed(self, name: str, fingerprint: str) -> None:
        """Remember that a step is done."""
        write_atomically(self.stamp, json.dumps({**self.installed(), name: fingerprint}, indent=2))


def find_environment(program: Path, environ: Mapping[str, str]) -> Environment:
    """Return the environment that `venv_dir` asks for: a folder, `venv` by default, or `-` for none."""
    wanted = environ.get("venv_dir") or "venv"
    if wanted == "-":
        return Environment(None, Path(sys.executable), program / "tmp" / "setup.json", program / "tmp" / "unfinished")
    folder = program / wanted
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return Environment(folder, python, folder / "easel-setup.json", folder / "easel-unfinished")


def ensure_environment(environment: Environment) -> None:
    """Make the virtual environment, or make it again when it cannot run pip.

    Raises:
        InputError: the folder holds something else.
        WebUIError: Python lacks what it takes.
        StorageError: the disk is full, or the folder cannot be written.
    """
    if environment.folder is None or _runs_pip(environment.python):
        return
    again = environment.folder.exists()
    if again and not _may_be_cleared(environment.folder):
        raise InputError(
            f"{environment.folder} holds other things than a virtual environment. "
            "Set venv_dir to a folder that does not exist yet."
        )
    print(f"{'Mending' if again else 'Making'} the virtual environment in {environment.folder}", flush=True)
    command = [_base_python(), "-m", "venv", "--clear", str(environment.folder)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if made.returncode != 0 or not _runs_pip(environment.python):
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise _explain_failure(environment.folder, made.stdout + made.stderr)


def _may_be_cleared(folder: Path) -> bool:
    """Tell whether a folder is a virtual environment, or the beginning of one, and not somebody's files."""
    return (folder / "pyvenv.cfg").exists() or not any(entry.is_file() for entry in folder.rglob("*"))


def _base_python() -> str:
    """Return the Python outside of any virtual environment."""
    base: str | None = getattr(sys, "_base_executable", None)
    return base or sys.executable


def _runs_pip(python: Path) -> bool:
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _explain_failure(folder: Path, output: str) -> WebUIError:
    if "No space left" in output or shutil.disk_usage(folder.parent).free < 50_000_000:
        return StorageError(f"The disk of {folder.parent} is full. Free some space (about 8 GB) and start again.")
    if "Permission denied" in output or "Read-only file system" in output:
        return StorageError(f"There is no right to write into {folder.parent}. Change that, or set venv_dir elsewhere.")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if "ensurepip" in output or "No module named venv" in output:
        return WebUIError(
            f"This Python {version} cannot make virtual environments. On Debian and Ubuntu: "
            f"sudo apt install python{version}-venv. Elsewhere, install Python from python.org. Then start again."
        )
    return WebUIError(f"The virtual environment in {folder} could not be made:\n{output.strip()[-1500:]}")


@contextmanager
def only_one(program: Path) -> Generator[None]:
    """Let one set-up run at a time; another waits for it to end.

    Raises:
        StorageError: the program's folder cannot be written.
    """
    path = program / "tmp" / "setup.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
    except OSError as error:
        raise StorageError(f"Cannot write into {path.parent}: {error.strerror or error}.") from error
    with handle:
        if not _lock(handle.fileno(), wait=False):
            print("Another set-up is running; waiting for it to end.", flush=True)
            while not _lock(handle.fileno(), wait=True):
                pass
        yield


def _lock(handle: int, *, wait: bool) -> bool:
    """Lock an open file until it is closed. Windows waits at most ten seconds at a time."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def forget_broken_packages(environment: Environment) -> list[str]:
    """Unlist packages of which files are missing or cut short, so that pip installs them again.

    Returns:
        Their names.
    """
    if environment.folder is None:
        return []
    pattern = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
    broken: list[str] = []
    for packages in environment.folder.glob(pattern):
        for distribution in distributions(path=[str(packages)]):
            if not _is_whole(distribution):
                broken.append(distribution.name or "?")
                shutil.rmtree(_listing(distribution), ignore_errors=True)
        for leftover in packages.glob("~*"):
            shutil.rmtree(leftover, ignore_errors=True)
    return broken


def _listing(distribution: Distribution) -> Path:
    return Path(str(getattr(distribution, "_path")))  # noqa: B009 - no public name for the .dist-info folder


def _is_whole(distribution: Distribution) -> bool:
    if not distribution.files:
        return False
    for file in distribution.files:
        path = Path(str(file.locate()))
        if not path.exists() or (file.size is not None and path.stat().st_size != file.size):
            return path.suffix == ".pyc"
    return True
