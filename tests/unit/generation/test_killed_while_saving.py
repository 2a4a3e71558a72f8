"""kill -9 at random moments of saving: nothing half-written under its own name, nothing overwritten, no number lost.

EASEL_KILL_ROUNDS=200 makes it the real thing.
"""

import csv
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from modules.core.option_store import OptionStore
from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

ROUNDS = int(os.environ.get("EASEL_KILL_ROUNDS", "12"))
MOST_MILLISECONDS = 150
INFOTEXT = "a red cat\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 96x96"

# Warm, so that a round is milliseconds: it forks a child for each line that it reads, and the child saves for ever.
SAVE_FOR_EVER = """
import os, sys
from pathlib import Path
from PIL import Image
from modules.core.files import write_atomically
from modules.core.option_store import OptionStore
from modules.core.options import Settings
from modules.generation.options import CHECKPOINTS_LIMIT
from modules.generation.save_by_hand import ShownImage, save_by_hand
from modules.imaging.filename import FilenameValues, NameRules
from modules.imaging.jpeg_copy import JpegCopy
from modules.imaging.save import SaveOptions, save_image

folder, infotext = Path(sys.argv[1]), sys.argv[2]
image = Image.effect_noise((96, 96), 60).convert("RGB")
options = SaveOptions(folder_pattern=None, text_file=True, jpeg_copy=JpegCopy(side=32))
store = OptionStore(folder / "config.json", folder / "aside.json")

def save():
    path = save_image(image, folder / "outputs", FilenameValues(seed=1), infotext, options)
    write_atomically(folder / "params.txt", infotext)
    store.update({CHECKPOINTS_LIMIT.name: 1 + os.getpid() % 2})
    store.save()
    by_hand = Settings({"samples_filename_pattern": "[seed]", "grid_zip_filename_pattern": "zip-[seed]"})
    save_by_hand([ShownImage(path, infotext)], folder / "log", {}, by_hand, NameRules(), as_zip=True)

save()
for _ in sys.stdin:
    child = os.fork()
    if not child:
        while True:
            save()
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.fixture
def saver(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(tmp_path), INFOTEXT],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    yield process
    process.stdin.close()
    process.wait(20)


def files(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".tmp"))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def check_whole(path):
    if path.suffix in {".png", ".jpg"}:
        assert read_infotext(load_image(path)).infotext == INFOTEXT
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == 1
    elif path.suffix == ".txt":
        assert path.read_text().strip() == INFOTEXT
    elif path.name == "config.json":
        json.loads(path.read_text())


def numbers(folder):
    return sorted(int(path.name[:5]) for path in (folder / "outputs").glob("*.png"))


def test_nothing_is_lost_whenever_the_process_is_killed(saver, tmp_path):
    draw = random.Random(5)
    known = {}
    killed_in_the_middle = 0
    for _ in range(ROUNDS):
        saver.stdin.write("go\n")
        child = int(saver.stdout.readline())
        time.sleep(draw.uniform(0, MOST_MILLISECONDS) / 1000)
        os.kill(child, signal.SIGKILL)
        assert saver.stdout.readline() == "dead\n"

        now = files(tmp_path)
        for path in now.keys() - known.keys():
            check_whole(path)
        changing = {"config.json", "log.csv", "params.txt"}
        assert {path for path in known if path.name not in changing and now.get(path) != known[path]} == set()
        check_whole(tmp_path / "config.json")
        assert OptionStore(tmp_path / "config.json", tmp_path / "aside.json").notices == []
        killed_in_the_middle += any(tmp_path.rglob("*.tmp"))
        known = now

    taken = numbers(tmp_path)
    assert len(set(taken)) == len(taken) > ROUNDS / 2  # each once
    with (tmp_path / "log" / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["prompt"] for row in rows} <= {"a red cat"}
    assert all((tmp_path / "log" / row["filename"]).is_file() for row in rows)
    assert killed_in_the_middle or ROUNDS < 20, "no round hit a picture that was being written"
