"""A small copy of the program and a package index without a network: a folder with wheels made here."""

import base64
import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """\
import os, sys
print("started", *sys.argv[1:], flush=True)
"""


def make_wheel(folder, name, version):
    """Make a wheel with one module that says its version."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{sha256(content)},{len(content)}\n" for path, content in files.items())
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(path, content)


def sha256(content):
    digest = hashlib.sha256(content.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Copy:
    """The scripts and the set-up, apart from this checkout and from its virtual environment."""

    def __init__(self, folder):
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        folder.mkdir()
        for package in ("core", "setup"):
            shutil.copytree(ROOT / "modules" / package, folder / "modules" / package)
        shutil.copy(ROOT / "modules" / "__init__.py", folder / "modules")
        for name in ("webui.sh", "webui-user.sh"):
            shutil.copy(ROOT / name, folder)
        self.write("webui.py", PROGRAM)
        make_wheel(self.wheels, "easelthing", "1.0")
        make_wheel(self.wheels, "easelthing", "2.0")
        self.write("requirements.txt", "easelthing==1.0\n")

    def write(self, name, content):
        (self.folder / name).write_text(content, encoding="utf-8")

    def environ(self, **extra):
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR", "PYENV_ROOT") if key in os.environ}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        return {**kept, **offline, **extra}

    def start(self, *arguments, script=None, cwd="/", **environ):
        """Run webui.sh to its end."""
        return subprocess.run(
            [script or self.folder / "webui.sh", *arguments],
            cwd=cwd,
            env=self.environ(**environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def installed_version(self):
        python = self.folder / "venv" / "bin" / "python"
        command = [python, "-c", "import easelthing; print(easelthing.VERSION)"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture
def fresh_copy(tmp_path):
    """A copy that is not set up, in a folder whose name is difficult."""
    return Copy(tmp_path / "my wéb 'ui'")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A virtual environment as the set-up makes it; making one takes seconds."""
    copy = Copy(tmp_path_factory.mktemp("first") / "program")
    done = copy.start("--exit")
    assert done.returncode == 0, done.stderr
    return copy.folder / "venv"


@pytest.fixture
def copy(fresh_copy, environment):
    """A copy that is set up."""
    shutil.copytree(environment, fresh_copy.folder / "venv", symlinks=True, copy_function=os.link)
    return fresh_copy
