"""Describing the pictures of a folder: where the texts go, what stays, what is told."""

import pytest
from PIL import Image

from modules.app.app import build_app
from modules.app.interrogate import DEEPBOORU
from modules.app.interrogate_files import describe_files
from modules.core.errors import CheckpointError, InputError, StorageError
from modules.core.flags import Flags
from modules.generation.picture_files import list_folder
from tests.unit.enhance.tiny_taggers import save_onnx_tagger

RED = "o_o, very red"


@pytest.fixture
def app(tmp_path):
    save_onnx_tagger(tmp_path / "models" / "torch_deepdanbooru")
    return build_app(Flags(data_dir=tmp_path, use_cpu=("all",)))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.png", "b.jpg", "sub/c d.webp"):
        Image.new("RGB", (20, 20), "red").save(folder / name)
    return folder


def describe(app, folder, output=None):
    found = list_folder(folder, "Input directory")
    return describe_files(app, found.pictures, DEEPBOORU, output, others=found.others)


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.txt"))}


def test_the_words_go_beside_each_picture_and_a_text_that_is_there_stays(app, folder):
    (folder / "b.txt").write_text("written by hand")
    (folder / "notes.md").write_text("no picture")
    result = describe(app, folder)

    assert texts(folder) == {"a.txt": RED, "b.txt": "written by hand", "sub/c d.txt": RED}
    assert result.comments[0] == "2 of 3 texts written."
    assert "which stays as it is: b.jpg. Action for existing captions" in result.comments[1]
    assert result.comments[2] == "Left out, as no pictures: b.txt, notes.md."


@pytest.mark.parametrize(
    ("action", "joined"), [("Prepend", f"mine, {RED}"), ("Append", f"{RED}, mine"), ("Keep", "mine")]
)
def test_a_setting_joins_the_words_with_a_text_that_is_there(app, folder, action, joined):
    (folder / "a.txt").write_text("mine")
    app.set_options({"postprocessing_existing_caption_action": action})
    describe(app, folder)
    assert texts(folder)["a.txt"] == joined


def test_they_go_into_the_folder_that_is_named_under_the_same_names(app, folder, tmp_path):
    result = describe(app, folder, tmp_path / "new" / "words")
    assert texts(tmp_path / "new" / "words") == {"a.txt": RED, "b.txt": RED, "sub/c d.txt": RED}
    assert texts(folder) == {}
    assert str(tmp_path / "new" / "words") in result.comments[0]


def test_a_file_that_cannot_be_read_is_told_and_the_others_go_on(app, folder):
    (folder / "a.png").write_bytes(b"nothing")
    result = describe(app, folder)
    assert sorted(texts(folder)) == ["b.txt", "sub/c d.txt"]
    assert result.comments[-1].startswith("a.png: ")


def test_what_ends_all_is_told_in_one_sentence(app, folder, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match="Cannot write into"):
        describe(app, folder, tmp_path / "file")
    for name in ("a.png", "b.jpg", "sub/c d.webp"):
        (folder / name).write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"None of 3 pictures could be described\. a\.png: "):
        describe(app, folder)
    (tmp_path / "models" / "torch_deepdanbooru" / "model.onnx").unlink()
    Image.new("RGB", (20, 20)).save(folder / "a.png")
    with pytest.raises(CheckpointError, match="needs a tagger"):
        describe(app, folder)
