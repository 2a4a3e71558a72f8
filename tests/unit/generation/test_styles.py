"""Styles: how they join prompts, and how their files are read."""

import logging
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.errors import InputError
from modules.generation.request import LONGEST_PROMPT, Txt2ImgRequest
from modules.generation.style_files import StyleCatalog, read_styles
from modules.generation.styles import Style, add_style, add_styles, apply_styles


@pytest.mark.parametrize(
    ("text", "style", "joined"),
    [
        ("a cat", "masterpiece", "a cat, masterpiece"),
        ("", "masterpiece", "masterpiece"),
        ("a cat", "", "a cat"),
        ("", "", ""),
        ("a cat", "a painting of {prompt}, in oil", "a painting of a cat, in oil"),
        ("", "a painting of {prompt}", "a painting of "),
        ("a cat", "{prompt} and {prompt}", "a cat and a cat"),
        ("{prompt}", "x {prompt}", "x {prompt}"),
        ("a cat", "{Prompt}", "a cat, {Prompt}"),
    ],
)
def test_a_style_joins_a_prompt(text, style, joined):
    assert add_style(text, style) == joined


def test_styles_are_applied_in_the_order_of_choice():
    assert add_styles("cat", ["oil of {prompt}", "best"]) == "oil of cat, best"
    assert add_styles("cat", ["best", "oil of {prompt}"]) == "oil of cat, best"
    assert add_styles("cat", ["best", "worst"]) == "cat, best, worst"


def test_all_prompts_of_a_request_are_styled():
    request = Txt2ImgRequest(
        prompt="a", negative_prompt="b", hr_prompt="c", hr_negative_prompt="d", styles=("x", "unknown")
    )

    styled = apply_styles(request, [Style("x", "P {prompt}", "N")])

    assert (styled.prompt, styled.negative_prompt) == ("P a", "b, N")
    assert (styled.hr_prompt, styled.hr_negative_prompt) == ("P c", "d, N")
    assert styled.styles == ("x", "unknown")


def test_empty_hires_prompts_go_on_standing_for_the_first_ones():
    styled = apply_styles(Txt2ImgRequest(prompt="a"), [Style("x", "P", "N")])
    assert (styled.hr_prompt, styled.hr_negative_prompt) == ("", "")


def test_without_styles_prompts_are_left_to_the_last_space():
    request = Txt2ImgRequest(prompt=" a ")
    assert apply_styles(request, []) is request


def test_a_prompt_that_styles_make_too_long_is_refused():
    with pytest.raises(InputError, match="shorten"):
        apply_styles(Txt2ImgRequest(prompt="a" * (LONGEST_PROMPT // 2)), [Style("x", "{prompt} {prompt} {prompt}")])


# --- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def write(tmp_path):
    def write(content, name="styles.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


HEADER = "name,prompt,negative_prompt\n"


@pytest.mark.parametrize(
    ("content", "style"),
    [
        (HEADER + 'A,"x, y","z ""q"""\n', Style("A", "x, y", 'z "q"')),
        ("\ufeff" + HEADER + "A,x,z", Style("A", "x", "z")),
        ((HEADER + "Ä,x,z").encode("utf-16"), Style("Ä", "x", "z")),
        (HEADER.replace("\n", "\r\n") + "A,x,z\r\n\r\n", Style("A", "x", "z")),
        (HEADER + 'A,"two\nlines",z\n', Style("A", "two\nlines", "z")),
        ("name, prompt, negative_prompt\nA, x, z", Style("A", "x", "z")),
        ("name,prompt\nA,x\n", Style("A", "x", "")),
        ("name\nA\n", Style("A")),
        ("name,text\nA,old\n", Style("A", "old", "")),
        ("prompt,name\nx,A\n", Style("A", "x", "")),
        ("Name,Prompt,Negative_Prompt\nA,x,z\n", Style("A", "x", "z")),
        ("name;prompt;negative_prompt\nA;x, y;z\n", Style("A", "x, y", "z")),
        ("name\tprompt\tnegative_prompt\nA\tx, y\tz\n", Style("A", "x, y", "z")),
        (HEADER + "猫 🦄,x,z\n", Style("猫 🦄", "x", "z")),
        (HEADER + "A," + "x" * 200_000 + ",z\n", Style("A", "x" * 200_000, "z")),
    ],
)
def test_files_of_all_sorts_are_read(write, content, style, caplog):
    assert read_styles(write(content)) == [style]
    assert caplog.records == []


@pytest.mark.parametrize(
    ("content", "names", "line"),
    [
        ((HEADER + "Caf\u00e9,x,z\nB,,").encode("cp1252"), ["Caf\u00e9", "B"], "is no UTF-8 at byte"),
        (f"{HEADER}Café,,\n名,".encode() + b"\xff\xfe,\nB,,", ["Café", "名", "B"], "is damaged at byte"),
        ((HEADER + "A,x,z\n").encode("utf-8-sig") + b"\xff,,\nB,,", ["A", "\ufffd", "B"], "is damaged at byte"),
        ("prompt,negative_prompt\nx,z\n", [], "has no column 'name'"),
        ("<html></html>", [], "has no column 'name'"),
        (bytes(range(256)), [], "has no column 'name'"),
        (HEADER + ",x,z\nB,,\n", ["B"], "line 2 has a style without a name"),
        (HEADER + "A,x, y, z\nB,,\n", ["A", "B"], "line 2 has more values than columns"),
        (HEADER + 'A,x,z\nB,"never closed\nC,,\n', ["A", "B"], "a quotation mark is missing"),
        (HEADER + 'A,x,z\nB,"x"y,\nC,,\n', ["A", "B", "C"], "line 3: a quotation mark is missing or too many"),
    ],
)
def test_a_broken_file_is_told_and_nothing_else_is_lost(write, content, names, line, caplog):
    assert [style.name for style in read_styles(write(content))] == names
    assert any(line in record.message for record in caplog.records)


@pytest.mark.parametrize("content", ["", "\n", HEADER])
def test_an_empty_file_has_no_styles(write, content):
    assert read_styles(write(content)) == []


@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEADER + text).encode("utf-8", "replace"))
)
def test_no_file_is_too_broken(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("styles") / "styles.csv"
    path.write_bytes(content)
    assert all(style.name for style in read_styles(path))


def test_a_file_that_cannot_be_read_is_told(tmp_path, caplog):
    (tmp_path / "styles.csv").mkdir()
    assert read_styles(tmp_path / "styles.csv") == []
    assert "cannot be read" in caplog.text


def test_several_files_are_one_list_and_the_later_name_counts(write, caplog):
    first, second = write(HEADER + "A,1,\nB,2,\n", "1.csv"), write(HEADER + "C,3,\nA,4,\n", "2.csv")
    catalog = StyleCatalog(lambda: [first, second])

    with caplog.at_level(logging.WARNING):
        styles = catalog.all()

    assert [(style.name, style.prompt) for style in styles] == [("A", "4"), ("B", "2"), ("C", "3")]
    assert "takes the place of" in caplog.text


def test_styles_are_taken_in_the_order_of_their_names_and_unknown_names_passed_over(write):
    path = write(HEADER + "A,1,\nB,2,\n")
    catalog = StyleCatalog(lambda: [path])
    assert [style.name for style in catalog.named(["B", "None", "A", "B"])] == ["B", "A", "B"]


def test_changes_are_seen_by_themselves_and_a_missing_file_is_no_trouble(tmp_path, write):
    catalog = StyleCatalog(lambda: sorted(tmp_path.glob("*.csv")) or [tmp_path / "styles.csv"])
    assert catalog.all() == []
    write(HEADER + "A,1,\n")
    assert [style.name for style in catalog.all()] == ["A"]
    path = write(HEADER + "A,1,\n", "more.csv")
    path.write_text(HEADER + "B,2,\n")
    os.utime(path, ns=(1, 1))
    assert [style.name for style in catalog.all()] == ["B", "A"]
    path.unlink()
    assert [style.name for style in catalog.all()] == ["A"]


def test_what_is_wrong_with_the_files_is_kept_for_the_page(write):
    path = write(HEADER + ",x,z\nB,,\n")
    catalog = StyleCatalog(lambda: [path])
    catalog.all()
    assert catalog.notices == [f"{path}, line 2 has a style without a name."]
    write(HEADER + "B,,\nC,,\n")
    catalog.all()
    assert catalog.notices == []


def test_a_broken_file_is_logged_once(write, caplog):
    path = write(HEADER + ",x,z\n")
    catalog = StyleCatalog(lambda: [path])
    catalog.all(), catalog.all()
    assert len(caplog.records) == 1
