import logging
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from modules.core.errors import StorageError
from modules.imaging.filename import FilenameValues, NameRules
from modules.imaging.formats import IMAGE_FORMATS
from modules.imaging.load import load_image
from modules.imaging.metadata import EncodeOptions, read_infotext
from modules.imaging.save import SaveOptions, save_image

VALUES = FilenameValues(seed=1234, prompt="a red cat", now=datetime(2026, 2, 3, 4, 5, 6))
HERE = SaveOptions(folder_pattern=None)


@pytest.fixture(scope="module")
def image():
    return Image.effect_noise((48, 32), 60).convert("RGB")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_default_name(image, tmp_path):
    first = save_image(image, tmp_path / "outputs" / "txt2img-images", VALUES, "a red cat\nSteps: 1")
    second = save_image(image, tmp_path / "outputs" / "txt2img-images", replace(VALUES, seed=7), None)

    folder = tmp_path / "outputs" / "txt2img-images" / "2026-02-03"
    assert (first, second) == (folder / "00000-1234.png", folder / "00001-7.png")
    assert names(folder) == ["00000-1234.png", "00001-7.png"]


@pytest.mark.parametrize(
    "infotext",
    [
        "a cat\nNegative prompt: dog\nSteps: 20",
        "猫 und Über",
        "😀 👩‍👩‍👧",
        " \n\ta\r\nb\n ",
        "é" * 100_000,
        "猫😀\n" * 33_334,
    ],
    ids=["plain", "unicode", "emoji", "white space", "100000 characters", "100000 unicode characters"],
)
def test_pillow_reads_back_exactly_what_was_saved(image, tmp_path, infotext):
    path = save_image(image, tmp_path, VALUES, infotext)

    with Image.open(path) as saved:
        saved.load()
        assert saved.info == {"parameters": infotext}
        assert saved.tobytes() == image.tobytes()


@pytest.mark.parametrize("format_name", ["png", "jpg", "jpeg", "webp", "avif", "gif", ".PNG", "JPG"])
def test_every_format_carries_the_infotext(image, tmp_path, format_name):
    path = save_image(image, tmp_path, VALUES, "猫 😀\nSteps: 1", replace(HERE, format=format_name))

    assert path.suffix == "." + format_name.strip(".").lower().replace("jpeg", "jpg")
    with Image.open(path) as saved:
        assert read_infotext(saved).infotext == "猫 😀\nSteps: 1"
    assert names(tmp_path) == [path.name]


def test_numbers_go_on_after_the_highest(image, tmp_path):
    for name in (
        "00007-1.png",
        "00041-x-y.jpg",
        "00100",
        "notes.txt",
        "x-00200.png",
        "999999999999999-1.png",
        "._00300-1.png",
    ):
        (tmp_path / name).touch()

    assert save_image(image, tmp_path, VALUES, None, HERE).name == "00042-1234.png"


def test_grids_have_numbers_of_their_own(image, tmp_path):
    grid = replace(HERE, base="grid", digits=4, name_pattern="")
    (tmp_path / "00005-1.png").touch()

    saved = [
        save_image(image, tmp_path, VALUES, None, options).name
        for options in (grid, grid, replace(grid, name_pattern="[seed]"))
    ]

    assert saved == ["grid-0000.png", "grid-0001.png", "grid-0002-1234.png"]


def test_without_numbers_a_file_is_replaced_or_gets_a_suffix(image, tmp_path):
    options = replace(HERE, add_number=False, name_pattern="[prompt]")
    keep = replace(options, overwrite=False)

    saved = [save_image(image, tmp_path, VALUES, "x", each).name for each in (options, options, keep, keep)]

    assert saved == ["a_red_cat.png", "a_red_cat.png", "a_red_cat-1.png", "a_red_cat-2.png"]


def test_a_name_without_anything_in_it_gets_a_number(image, tmp_path):
    options = replace(HERE, add_number=False, name_pattern="[none]")

    assert save_image(image, tmp_path, VALUES, None, options).name == "00000.png"


def test_a_suffix_ends_the_name(image, tmp_path):
    assert save_image(image, tmp_path, VALUES, None, replace(HERE, suffix="-mask")).name == "00000-1234-mask.png"


@pytest.mark.parametrize(
    "prompt", ["猫" * 5000, "a" * 5000, "../" * 50 + "etc", "\0\ud800/:*", "", " . ", "CON", "👩‍👩‍👧" * 100]
)
@pytest.mark.parametrize("unix", [False, True])
@pytest.mark.parametrize("numbered", [False, True])
def test_any_prompt_can_be_in_the_name(image, tmp_path, prompt, unix, numbered):
    options = SaveOptions(
        name_pattern="[prompt]", folder_pattern="[prompt]", add_number=numbered, overwrite=False,
        suffix="-before-highres-fix", rules=NameRules(max_length=100_000, unix=unix), text_file=True,
    )  # fmt: skip

    for _ in range(2):
        path = save_image(image, tmp_path, replace(VALUES, prompt=prompt), prompt or "x", options)

        assert tmp_path in path.resolve().parents
        assert path.stat().st_size > 0 and path.with_suffix(".txt").is_file()


def test_the_text_file_holds_the_infotext(image, tmp_path):
    path = save_image(image, tmp_path, VALUES, "猫\nSteps: 1", replace(HERE, text_file=True))

    assert path.with_suffix(".txt").read_text(encoding="utf-8") == "猫\nSteps: 1\n"


def test_an_infotext_too_long_for_jpeg_goes_into_a_text_file(image, tmp_path):
    path = save_image(image, tmp_path, VALUES, "a" * 40_000, replace(HERE, format="jpg"))

    assert names(tmp_path) == ["00000-1234.jpg", "00000-1234.txt"]
    assert path.with_suffix(".txt").read_text(encoding="utf-8") == "a" * 40_000 + "\n"


def test_no_metadata_is_written_when_switched_off(image, tmp_path):
    image = image.copy()
    image.info = {"parameters": "secret", "Software": "secret", "comment": b"secret"}
    for format_name in ("png", "jpg", "webp", "avif", "gif"):
        options = replace(HERE, format=format_name, encode=EncodeOptions(metadata=False))
        assert b"secret" not in save_image(image, tmp_path, VALUES, "secret", options).read_bytes()


@pytest.mark.parametrize(
    ("format_name", "width"),
    [("jpg", 65_501), ("webp", 16_384), ("avif", 16_385), ("gif", 65_536), ("tga", 8), ("", 8), ("../x", 8)],
)
def test_what_a_format_cannot_hold_is_saved_as_png(tmp_path, format_name, width, caplog):
    with caplog.at_level(logging.WARNING):
        path = save_image(Image.new("RGB", (width, 1)), tmp_path, VALUES, "x", replace(HERE, format=format_name))

    assert path.name == "00000-1234.png"
    assert "Saved as png" in caplog.text


@pytest.mark.parametrize("kind", [kind for kind in IMAGE_FORMATS if kind.name != "png"], ids=lambda kind: kind.name)
def test_the_largest_picture_of_each_format_can_be_read(tmp_path, kind):
    image = Image.new("RGB", (kind.longest_side, 1))

    path = save_image(image, tmp_path, VALUES, "x", replace(HERE, format=kind.name))

    assert path.suffix == f".{kind.name}"
    assert load_image(path).size == image.size


def test_a_folder_that_cannot_be_made_is_one_sentence(image, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=r"^Cannot save the image in .*file.* \(.*\): .*Paths for saving\.$"):
        save_image(image, tmp_path / "file" / "outputs", VALUES, "x")


def test_a_full_disk_leaves_nothing_behind(image, tmp_path):
    """A limit on the size of files stands in for the full disk: the real write fails half-way."""
    script = "\n".join(
        [
            "import resource, signal, sys",
            "from pathlib import Path",
            "from PIL import Image",
            "from modules.core.errors import StorageError",
            "from modules.imaging.filename import FilenameValues",
            "from modules.imaging.save import SaveOptions, save_image",
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
            "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))",
            "image = Image.effect_noise((200, 200), 60)",
            "fixed = SaveOptions(add_number=False)",
            "for options in (SaveOptions(), fixed, SaveOptions(add_number=False, overwrite=False)):",
            "    try:",
            "        save_image(image, Path(sys.argv[1]), FilenameValues(seed=1), 'x', options)",
            "    except StorageError as error:",
            "        print(error)",
        ]
    )
    done = run(script, tmp_path)

    assert len(done.stdout.splitlines()) == 3 and "File too large" in done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_threads_never_share_a_number(image, tmp_path):
    with ThreadPoolExecutor(16) as pool:
        seeds = range(100)
        paths = list(
            pool.map(lambda seed: save_image(image, tmp_path, replace(VALUES, seed=seed), str(seed), HERE), seeds)
        )

    assert sorted(path.name[:5] for path in paths) == [f"{number:05}" for number in range(100)]
    for seed, path in zip(seeds, paths, strict=True):
        with Image.open(path) as saved:
            assert saved.info["parameters"] == str(seed)


SAVE_MANY = """
import sys
from pathlib import Path
from PIL import Image
from modules.imaging.filename import FilenameValues
from modules.imaging.save import SaveOptions, save_image
options = SaveOptions(folder_pattern=None, add_number=sys.argv[3] == "numbers", overwrite=False)
image = Image.effect_noise((256, 256), 60)
print("ready", flush=True)
for i in range(int(sys.argv[2])):
    save_image(image, Path(sys.argv[1]), FilenameValues(seed=1), "x" * 1000, options)
"""


@pytest.mark.parametrize("naming", ["numbers", "suffixes"])
def test_processes_never_overwrite_each_other(tmp_path, naming):
    """All save under the same seed, so every name is wanted by all."""
    processes = [start(SAVE_MANY, tmp_path, "25", naming) for _ in range(3)]

    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(names(tmp_path)) == 75
    assert all(
        re.fullmatch(r"[0-9]{5}-1\.png" if naming == "numbers" else r"1(-[0-9]+)?\.png", name)
        for name in names(tmp_path)
    )


SLOW_DISK = """
def write_slowly(path, data):
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), 2000):
            file.write(data[start : start + 2000])
            time.sleep(0.001)
import time
from pathlib import Path
Path.write_bytes = write_slowly
"""


def test_a_killed_process_leaves_only_whole_pictures(tmp_path):
    """On a slow disk nearly every moment is in the middle of a picture."""
    for delay in (0.1, 0.13, 0.17, 0.23, 0.31):
        process = start(SLOW_DISK + SAVE_MANY, tmp_path, "100000", "numbers")
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()

    unfinished, pictures = list(tmp_path.glob(".*.tmp")), list(tmp_path.glob("[!.]*"))
    assert unfinished and pictures
    for path in pictures:
        with Image.open(path) as saved:
            saved.load()
            assert saved.info["parameters"] == "x" * 1000


def test_temporary_files_of_killed_processes_are_removed_after_a_day(image, tmp_path):
    for name, age in ((".00003-1.png.tmp", 2), (".00001-1.png.tmp", 0), (".other.tmp", 2)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, times=(time.time() - age * 24 * 3600,) * 2)

    assert save_image(image, tmp_path, VALUES, None, HERE).name == "00002-1234.png"
    assert names(tmp_path) == [".00001-1.png.tmp", ".other.tmp", "00002-1234.png"]


def test_pictures_are_readable_by_whom_the_umask_says(image, tmp_path):
    before = os.umask(0o022)
    try:
        assert save_image(image, tmp_path, VALUES, None, HERE).stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
