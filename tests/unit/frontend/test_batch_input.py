"""What the browser sends of a batch becomes a list of files, or one sentence that says what to do."""

import dataclasses
import json

import pytest
from PIL import Image

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.frontend import batch_input
from modules.frontend.batch_input import BatchValues, read_batch
from modules.generation.img2img_request import Img2ImgRequest

EMPTY = BatchValues(None, None, "", "", "", False, "", ["Prompt"])


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return build_app(dataclasses.replace(Flags(), data_dir=tmp_path_factory.mktemp("data"), use_cpu=("all",)))


@pytest.fixture
def read(app, tmp_path, monkeypatch):
    """The batch of controls' values; the folder `uploads` is Gradio's."""
    (tmp_path / "uploads").mkdir()
    monkeypatch.setattr(batch_input, "upload_folder", lambda: tmp_path / "uploads")
    for name in ("in/b.png", "in/a.jpg", "in/notes.txt", "masks/a.png", "uploads/h/u.png", "none/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    def made(source="directory", hidden=False, **values):
        folders = {name: str(tmp_path / value) if name.endswith("folder") else value for name, value in values.items()}
        used = (
            app
            if not hidden
            else dataclasses.replace(app, flags=dataclasses.replace(app.flags, hide_ui_dir_config=True))
        )
        request = Img2ImgRequest(init_images=(Image.new("RGB", (8, 8)),))
        sent = json.dumps({"mode": "batch", "source": source})
        return read_batch(used, sent, dataclasses.replace(EMPTY, **folders), request, None)

    return made


def uploaded(path, name="u.png"):
    return {"path": str(path), "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def test_folders_are_read(read, tmp_path):
    batch = read(input_folder="in", output_folder="out", mask_folder="masks", uses_parameters=True)
    assert [file.name for file in batch.pictures] == ["a.jpg", "b.png"]
    assert [file.name for file in batch.masks] == ["a.png"]
    assert batch.output == tmp_path / "out" and not batch.output.exists()
    assert batch.notes == ("Left out, as no pictures: notes.txt.",)
    assert batch.properties == {"Prompt"} and batch.shown == 32
    assert read(input_folder="in").properties == set(), "only while the box is ticked"


def test_a_folder_may_be_in_quotes_and_relative_to_the_data(read, app):
    (app.paths.data / "mine").mkdir(exist_ok=True)
    (app.paths.data / "mine" / "x.png").write_bytes(b"")
    sent = json.dumps({"mode": "batch", "source": "directory"})
    values = dataclasses.replace(EMPTY, input_folder=' "mine" ')
    batch = read_batch(app, sent, values, Img2ImgRequest(init_images=(Image.new("RGB", (8, 8)),)), None)
    assert [file.name for file in batch.pictures] == ["x.png"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Input directory: name the folder"),
        ({"input_folder": "nowhere"}, "Input directory: there is no folder"),
        ({"input_folder": "none"}, r"holds no PNG.* files \(there are 1 other files\)"),
        ({"input_folder": "x" * 5000}, "This is no name of a folder"),
        ({"input_folder": "in", "output_folder": "in/a.jpg"}, "is a file; name a folder"),
        ({"input_folder": "in", "mask_folder": "none"}, "mask directory: .* holds no pictures"),
        ({"input_folder": "in", "uses_parameters": True, "parameters_folder": "no"}, "PNG info directory: there is no"),
        ({"source": "upload"}, "Put the pictures of the batch into the field"),
    ],
)
def test_mistakes_are_one_sentence(read, values, sentence):
    with pytest.raises(InputError, match=sentence):
        read(**values)


def test_uploads_are_called_as_they_were_at_home(read, tmp_path):
    file = tmp_path / "uploads" / "h" / "u.png"
    batch = read(
        "upload", upload=[uploaded(file, "..\\..\\Cat 1.png"), uploaded(file, "x.txt")], masks=[uploaded(file)]
    )
    assert [(picture.name, picture.path) for picture in batch.pictures] == [("Cat 1.png", file)]
    assert batch.notes == ("Left out, as no pictures: x.txt.",)
    assert len(batch.masks) == 1 and batch.output is None


@pytest.mark.parametrize("path", ["in/b.png", "uploads/h/../../in/b.png", "uploads/gone.png", "uploads/h", "bad\0"])
def test_nothing_outside_the_uploads_is_opened(read, tmp_path, path):
    with pytest.raises(InputError, match="no longer on the server"):
        read("upload", upload=[uploaded(tmp_path / path)])


@pytest.mark.parametrize("upload", [[None], ["x"], [{}], [{"path": 3}]])
def test_what_is_no_upload_is_refused(read, upload):
    with pytest.raises(InputError):
        read("upload", upload=upload)


def test_folders_can_be_locked_away(read, tmp_path):
    with pytest.raises(InputError, match="--hide-ui-dir-config"):
        read(hidden=True, input_folder="in")
    file = tmp_path / "uploads" / "h" / "u.png"
    batch = read("upload", hidden=True, upload=[uploaded(file)], uses_parameters=True, parameters_folder="in")
    assert batch.parameters_folder is None
