"""Styles saved, changed and deleted: nothing else in the files is lost."""

import csv
import time

import pytest

from modules.core.errors import InputError, StorageError, UnknownNameError
from modules.generation.style_editing import delete_style, save_style
from modules.generation.style_files import StyleCatalog, read_styles
from modules.generation.styles import Style

HEADER = "name,prompt,negative_prompt\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "styles.csv"


@pytest.fixture
def catalog(tmp_path, file):
    return StyleCatalog(lambda: sorted(tmp_path.glob("*.csv")) or [file])


def names(catalog):
    return [style.name for style in catalog.all()]


@pytest.mark.parametrize(
    "style",
    [
        Style("A", "x, y", 'z "q"'),
        Style("猫 🦄, “x”", "two\nlines", ""),
        Style("=SUM(A1)", "{prompt};\t", "spaces "),
        Style("empty"),
    ],
)
def test_what_is_saved_is_read_again(catalog, file, style):
    save_style(catalog, style, file)
    assert read_styles(file) == [style]
    assert catalog.all() == [style]
    assert not file.with_name("styles.csv.bak").exists(), "there was nothing to keep a copy of"


def test_a_file_is_written_as_a1111_writes_it(catalog, file):
    save_style(catalog, Style("Ä", "x, y", "z"), file)
    assert file.read_bytes() == '\ufeffname,prompt,negative_prompt\r\nÄ,"x, y",z\r\n'.encode()


def test_a_style_is_replaced_in_its_place_and_a_copy_of_the_file_kept(catalog, file):
    before = HEADER + "A,1,\nB,2,\nC,3,\n"
    file.write_text(before)
    save_style(catalog, Style("B", "new", "bad"), file)
    assert names(catalog) == ["A", "B", "C"]
    assert catalog.named(["B"]) == [Style("B", "new", "bad")]
    assert file.with_name("styles.csv.bak").read_text() == before


@pytest.mark.parametrize(
    "content",
    [
        ("name;prompt;negative_prompt;note\nA;x, y;z;mine\n").encode("utf-8-sig"),
        ("name\tprompt\tnegative_prompt\tnote\r\nA\tx, y\tz\tmine\r\n").encode("utf-16"),
        ("note,name,text\nmine,A,x\n").encode("cp1252"),
    ],
)
def test_files_of_spreadsheets_keep_their_other_columns(catalog, file, content):
    file.write_bytes(content)
    save_style(catalog, Style("A", "1", "2"), file)
    save_style(catalog, Style("B", "3", "4"), file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["name"]: row for row in csv.DictReader(opened)}
    assert rows["A"]["note"] == "mine" and rows["B"]["note"] == ""
    assert catalog.all() == [Style("A", "1", "2"), Style("B", "3", "4")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER + 'A,x,z\nB,"never closed\nC,,\n', "quotation mark"),
        (HEADER + 'A,"x"y,\n', "line 2: a quotation mark"),
        ("<html></html>", "no file of styles"),
    ],
)
def test_nothing_is_written_into_a_broken_file(catalog, file, content, words):
    file.write_text(content)
    for change in (lambda: save_style(catalog, Style("new"), file), lambda: delete_style(catalog, "A")):
        with pytest.raises((InputError, UnknownNameError)) as refused:
            change()
        assert words in str(refused.value) or "no style" in str(refused.value)
    assert file.read_text() == content


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "a\0b"])
def test_a_style_needs_a_name(catalog, file, name):
    with pytest.raises(InputError, match="style"):
        save_style(catalog, Style(name, "x"), file)
    assert not file.exists()


def test_a_text_has_an_end(catalog, file):
    with pytest.raises(InputError, match="at most 100,000"):
        save_style(catalog, Style("A", "x" * 100_001), file)


def test_a_style_moves_to_the_file_chosen(catalog, tmp_path):
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text(HEADER + "A,1,\nB,2,\n")
    two.write_text(HEADER + "C,3,\n")
    save_style(catalog, Style("A", "new"), two)
    assert [style.name for style in read_styles(one)] == ["B"]
    assert [style.name for style in read_styles(two)] == ["C", "A"]
    assert catalog.files_with("A") == [two]


def test_a_style_is_deleted_from_all_files(catalog, tmp_path):
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text(HEADER + "A,1,\nB,2,\n")
    two.write_text(HEADER + "A,3,\nA,4,\n")
    delete_style(catalog, "A")
    assert names(catalog) == ["B"]
    with pytest.raises(UnknownNameError, match="no style 'A'"):
        delete_style(catalog, "A")


def test_a_folder_that_cannot_be_written_is_one_sentence(catalog, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="Cannot"):
        save_style(catalog, Style("A"), tmp_path / "taken" / "styles.csv")


def test_a_hundred_thousand_styles_are_no_trouble(catalog, file):
    file.write_text(HEADER + "".join(f"style {i},prompt {i},negative {i}\n" for i in range(100_000)))
    assert len(catalog.all()) == 100_000
    started = time.monotonic()
    assert catalog.named(["style 99999"])[0].prompt == "prompt 99999"
    assert time.monotonic() - started < 1, "files that did not change are not read again"
    save_style(catalog, Style("one more", "x"), file)
    assert file.read_bytes().endswith(b"one more,x,\r\n")
