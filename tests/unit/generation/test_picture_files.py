"""Which files of a folder are pictures, in which order, and what belongs to which."""

import pytest
from PIL import Image, PngImagePlugin

from modules.core.errors import InputError
from modules.generation.picture_files import (
    PictureFile,
    list_folder,
    mask_of,
    name_some,
    open_picture,
    written_parameters,
)


@pytest.fixture
def folder(tmp_path):
    for name in ("10.png", "2.PNG", "a/7.webp", "a/out/5.png", ".hidden.png", ".git/x.png", "notes.txt", "a.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_pictures_are_in_the_order_of_their_numbers_and_others_are_named(folder):
    found = list_folder(folder, "Input directory")
    assert [file.name for file in found.pictures] == ["2.PNG", "10.png", "a/7.webp", "a/out/5.png"]
    assert found.others == ("a.svg", "notes.txt")
    assert found.pictures[2].stem == "7"


def test_results_of_the_last_time_are_no_pictures_of_this_time(folder):
    names = [file.name for file in list_folder(folder, "Input directory", without=[folder / "a" / "out"]).pictures]
    assert names == ["2.PNG", "10.png", "a/7.webp"]
    assert len(list_folder(folder, "Input directory", without=[folder]).pictures) == 4, "into the folder itself"


def test_a_missing_folder_is_named(folder):
    for place in (folder / "nowhere", folder / "notes.txt"):
        with pytest.raises(InputError, match=f"Input directory: there is no folder .*{place.name}"):
            list_folder(place, "Input directory")


def test_a_single_mask_is_for_all_and_several_go_by_name(folder):
    cat, dog = PictureFile(folder / "cat.jpg", "cat.jpg"), PictureFile(folder / "dog.png", "x/dog.png")
    masks = [PictureFile(folder / "m", "dog.webp"), PictureFile(folder / "m", "bird.png")]
    assert mask_of(cat, masks[:1]) == masks[0]
    assert mask_of(dog, masks) == masks[0]
    assert mask_of(cat, masks) is None


def test_a_picture_lies_as_its_exif_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (20, 10)).save(tmp_path / "turned.jpg", exif=exif)
    assert open_picture(PictureFile(tmp_path / "turned.jpg", "turned.jpg")).size == (10, 20)


@pytest.mark.parametrize(("name", "data"), [("a.png", b"nope"), ("b.jpg", b"")])
def test_what_cannot_be_opened_is_refused(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError):
        open_picture(PictureFile(tmp_path / name, name))
    with pytest.raises(InputError, match="cannot be read"):
        open_picture(PictureFile(tmp_path / "gone.png", "gone.png"))


def test_parameters_are_those_of_the_picture_or_of_its_namesake(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat")
    (tmp_path / "infos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "infos" / "one.png", pnginfo=info)
    Image.new("RGB", (8, 8)).save(tmp_path / "one.jpg")
    picture = PictureFile(tmp_path / "one.jpg", "sub/one.jpg")
    assert written_parameters(picture, None) is None
    assert written_parameters(picture, tmp_path / "infos") == "a cat"
    assert written_parameters(PictureFile(tmp_path / "one.jpg", "two.jpg"), tmp_path / "infos") is None


def test_many_names_are_counted():
    assert name_some(["a", "b"]) == "a, b"
    assert name_some([str(i) for i in range(9)]) == "0, 1, 2, 3, 4 and 4 more"
    assert name_some(["\udcff.png"]) == "?.png", "names that are no text can be told too"
