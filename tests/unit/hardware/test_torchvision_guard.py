"""The imports run in a process of their own: nothing of torchvision may have been imported before."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BROKEN = 'import torchvision.extension\nraise RuntimeError("operator torchvision::nms does not exist")\n'


@pytest.fixture
def run_with_torchvision(tmp_path):
    """Run statements where this torchvision is installed; return what they print."""

    def run(source, statements):
        package = tmp_path / "torchvision"
        package.mkdir()
        (package / "__init__.py").write_text(source)
        (package / "extension.py").write_text("")
        metadata = tmp_path / "torchvision-0.28.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: torchvision\nVersion: 0.28.0\n")
        script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{statements}"
        return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    return run


def test_models_can_be_loaded_beside_a_broken_torchvision(run_with_torchvision):
    done = run_with_torchvision(
        BROKEN, "from modules.checkpoints.libraries import CLIPTextModel, AutoencoderKL; print('fine')"
    )
    assert done.stdout == "fine\n", done.stderr
    assert "does not fit this PyTorch (operator torchvision::nms does not exist)" in done.stderr


def test_a_hidden_torchvision_is_as_if_not_installed(run_with_torchvision):
    done = run_with_torchvision(
        BROKEN,
        "from modules.hardware.torchvision_guard import hide_broken_torchvision as hide; hide(); hide()\n"
        "import importlib.util; print(importlib.util.find_spec('torchvision'))\n"
        "print([m for m in sys.modules if m.startswith('torchvision.')])\n"
        "try: import torchvision\n"
        "except ImportError: print('not installed')",
    )
    assert done.stdout == "None\n[]\nnot installed\n", done.stderr


def test_one_that_works_is_left_alone(run_with_torchvision):
    done = run_with_torchvision(
        "import torchvision.extension",
        "from modules.hardware.torchvision_guard import hide_broken_torchvision as hide; hide()\n"
        "import torchvision; print(torchvision.extension.__name__)",
    )
    assert done.stdout == "torchvision.extension\n", done.stderr
    assert done.stderr == ""


def test_none_at_all_is_fine():
    script = (
        "from modules.hardware.torchvision_guard import hide_broken_torchvision as hide; hide()\n"
        "import sys; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
