"""`webui.py --verify` as a process: lines, pictures of differences, exit codes, Ctrl+C."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PROJECT = Path(__file__).parents[2]
GOLDEN = PROJECT / "tests" / "data" / "golden"
CASES = GOLDEN / "cases"
INTERRUPTED = 130


def start(data, *arguments):
    command = [sys.executable, str(PROJECT / "webui.py"), "--data-dir", str(data), "--use-cpu", "all"]
    command += ["--ckpt", str(GOLDEN / "tiny-random.safetensors"), "--verify", *map(str, arguments)]
    environment = {key: value for key, value in os.environ.items() if key != "COMMANDLINE_ARGS"}
    environment["OMP_NUM_THREADS"] = "1"  # two threads on a busy machine wait for each other
    return subprocess.Popen(
        command, cwd=data, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(data, *arguments):
    """Return exit code, lines, and what was logged."""
    process = start(data, *arguments)
    said, logged = process.communicate(timeout=150)
    return process.returncode, said.splitlines(), logged


@pytest.fixture
def folder(tmp_path):
    """A folder of two pictures of A1111, one of them retouched, and what else may lie about."""
    pictures = tmp_path / "pictures"
    (pictures / "older").mkdir(parents=True)
    shutil.copy(CASES / "samplers" / "euler.png", pictures)
    original = Image.open(CASES / "samplers" / "euler-a.png")
    texts = PngInfo()
    texts.add_text("parameters", original.info["parameters"])
    original.paste("black", (0, 0, 32, 32))
    original.save(pictures / "older" / "euler.png", pnginfo=texts)
    (pictures / "notes.txt").write_text("no picture")
    (pictures / "older" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return pictures


def test_identical_pictures_end_it_with_0_and_no_server_is_started(tmp_path):
    pictures = [CASES / "samplers" / name for name in ("euler.png", "euler-a.png")]

    code, lines, logged = run(tmp_path, *pictures)

    assert (code, len(lines)) == (0, 3), logged
    assert all(line.startswith(f"{path}: identical") for line, path in zip(lines, pictures, strict=False))
    assert lines[-1] == "2 pictures: 2 identical, 0 different, 0 that could not be made again."
    assert not (tmp_path / "outputs" / "verify").exists()
    assert not (tmp_path / "params.txt").exists()
    assert "Running on" not in logged


def test_folders_are_searched_and_differences_shown(tmp_path, folder):
    code, lines, logged = run(tmp_path, "pictures", "missing.png")

    assert code == 1, logged
    assert [line.partition(": ")[0] for line in lines[:4]] == [
        str(folder / "euler.png"),
        str(folder / "older" / "broken.png"),
        str(folder / "older" / "euler.png"),
        str(tmp_path / "missing.png"),
    ]
    sheet = tmp_path / "outputs" / "verify" / "euler-diff.png"
    assert lines[2].endswith(f"see {sheet} (original, again, difference x1)")
    assert Image.open(sheet).size == (3 * 128 + 8, 128)
    assert "cannot, because the file cannot be read (No such file or directory)" in lines[3]
    assert lines[4] == "4 pictures: 1 identical, 1 different, 2 that could not be made again."
    assert sorted(path.name for path in folder.rglob("*")) == [
        "broken.png",
        "euler.png",
        "euler.png",
        "notes.txt",
        "older",
    ]


def test_pictures_of_differences_are_not_verified_themselves(tmp_path, folder):
    code, lines, _ = run(tmp_path, folder / "older" / "euler.png", "--verify-output", folder / "differences")
    assert (code, (folder / "differences" / "euler-diff.png").is_file()) == (1, True)

    _, lines, _ = run(tmp_path, folder, "--verify-output", folder / "differences")
    assert not any("diff.png: " in line for line in lines)


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "empty").mkdir()

    assert run(tmp_path, "empty")[:2] == (1, ["There are no pictures in what --verify was given."])


def test_control_c_ends_it_at_once(tmp_path):
    text = "a\nSteps: 1000, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, Model: tiny-random"
    texts = PngInfo()
    texts.add_text("parameters", text)
    Image.new("RGB", (512, 512)).save(tmp_path / "long.png", pnginfo=texts)
    process = start(tmp_path, CASES / "samplers" / "euler.png", "long.png")
    logged = []
    reader = threading.Thread(target=lambda: logged.append(process.stderr.read()))
    reader.start()
    assert ": identical" in process.stdout.readline()

    process.send_signal(signal.SIGINT)

    try:
        assert process.wait(30) == INTERRUPTED
    finally:
        process.kill()
    reader.join()
    assert "Traceback" not in logged[0]
