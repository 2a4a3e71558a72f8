"""`log.csv`: what is added, what older and broken files become."""

import csv
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.core.errors import StorageError
from modules.imaging.picture_log import COLUMNS, add_to_log

PROMPT = 'a "red", cat\n猫'
ROW = {"prompt": PROMPT, "seed": 5, "filename": "00000-5.png", "negative_prompt": "dog", "sd_model_hash": "ab"}


def rows(folder):
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_new_log_has_a1111s_columns(tmp_path):
    add_to_log(tmp_path / "new", [ROW, {**ROW, "seed": 6}])

    assert tuple(rows(tmp_path / "new")[0]) == COLUMNS
    assert [(row["prompt"], row["seed"], row["steps"]) for row in rows(tmp_path / "new")] == [
        (PROMPT, "5", ""),
        (PROMPT, "6", ""),
    ]


def test_an_older_log_is_widened_in_place(tmp_path):
    older = COLUMNS[:9]
    text = ",".join(older) + "\r\n" + ",".join("old" for _ in older) + "\r\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8-sig", newline="")

    add_to_log(tmp_path, [ROW])

    old, new = rows(tmp_path)
    assert (old["prompt"], old["sd_model_hash"], new["sd_model_hash"]) == ("old", "", "ab")


def test_columns_of_others_stay_where_they_are(tmp_path):
    (tmp_path / "log.csv").write_text("mine," + ",".join(reversed(COLUMNS)) + "\n", newline="")

    add_to_log(tmp_path, [ROW])

    assert rows(tmp_path)[0]["mine"] == "" and rows(tmp_path)[0]["prompt"] == ROW["prompt"]


@pytest.mark.parametrize("rest", ["", '"half a row', "a,b", '"x ""y"" z'])
def test_a_row_that_was_left_open_does_not_take_the_next_one_with_it(tmp_path, rest):
    add_to_log(tmp_path, [ROW])
    with (tmp_path / "log.csv").open("a", newline="") as file:
        file.write(rest)

    add_to_log(tmp_path, [{**ROW, "seed": 7}])

    assert rows(tmp_path)[-1]["seed"] == "7" and rows(tmp_path)[0] == {**dict.fromkeys(COLUMNS, ""), **ROW, "seed": "5"}


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\0broken", b"some,other,table\n1,2,3\n", b'"' + b"x" * 20_000_000, b"\n\n", b"\0"]
)
def test_what_is_no_log_is_kept_under_another_name(tmp_path, content, caplog):
    for number in (1, 2):
        (tmp_path / "log.csv").write_bytes(content)
        with caplog.at_level(logging.WARNING):
            add_to_log(tmp_path, [ROW])
        assert (tmp_path / f"log-unreadable-{number}.csv").read_bytes() == content
        assert [row["seed"] for row in rows(tmp_path)] == ["5"]
    assert "is no log of pictures" in caplog.text


def test_nothing_in_a_prompt_breaks_a_row(tmp_path):
    prompts = ["\0", "\ud800", "../", "<script>", "\u202eabc", '"', '",\r\n"', "=1+1", "x" * 10_000, ""]

    add_to_log(tmp_path, [{**ROW, "prompt": prompt} for prompt in prompts])

    assert [row["prompt"] for row in rows(tmp_path)] == ["", "?", *prompts[2:]]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="pictures are saved, but"):
        add_to_log(tmp_path, [ROW])


def test_a_log_that_is_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "log.csv").mkdir()

    with pytest.raises(StorageError, match=r"^The pictures are saved, but .*log\.csv cannot be written"):
        add_to_log(tmp_path, [ROW])


ADD_MANY = """
import sys
from pathlib import Path
from modules.imaging.picture_log import add_to_log
for i in range(50):
    add_to_log(Path(sys.argv[1]), [{"prompt": "x,\\n" * 500, "seed": i, "filename": sys.argv[2]}])
"""


def test_two_processes_do_not_mix_their_rows(tmp_path):
    add_to_log(tmp_path, [ROW])
    root = Path(__file__).parents[3]
    started = [subprocess.Popen([sys.executable, "-c", ADD_MANY, str(tmp_path), name], cwd=root) for name in "ab"]

    assert [process.wait() for process in started] == [0, 0]
    written = rows(tmp_path)[1:]
    assert sorted((row["filename"], int(row["seed"])) for row in written) == [(n, i) for n in "ab" for i in range(50)]
    assert {row["prompt"] for row in written} == {"x,\n" * 500}
