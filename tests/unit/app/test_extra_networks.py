"""Pages of extra networks without a server: orders, what is beside files, what odd values become."""

import base64
import json
import os

import pytest
from PIL import Image

from modules.app.extra_networks.details import preview_target, size_text
from modules.app.extra_networks.item import Item
from modules.app.extra_networks.loras import insertion, training_tags
from modules.app.extra_networks.page import ExtraNetworksPage, Surroundings
from modules.app.extra_networks.pages import NetworkPages
from modules.app.extra_networks.thumbnails import Thumbnails
from modules.core.errors import InputError, UnknownNameError
from modules.networks.cover_images import cover_images
from modules.networks.files_beside import FolderNames, NetworkNotes


def page(title, *items):
    made = ExtraNetworksPage(title)
    made.list_items = lambda: items
    return made


def item(tmp_path, place, **more):
    return Item(name=place.rpartition("/")[2], filename=tmp_path / place, place=place, **more)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [("", "Ab Cd Ef"), ("ef", "Ef Ab Cd"), (" E , b,", "Ef Ab Cd"), ("nothing", "Ab Cd Ef")],
)
def test_pages_come_in_the_order_of_a_setting(tmp_path, order, wanted):
    pages = NetworkPages([page("Ab"), page("Cd"), page("Ef")], Thumbnails(tmp_path))
    assert [each.title for each in pages.ordered(order)] == wanted.split()


def test_networks_of_the_same_name_go_by_their_places(tmp_path):
    pages = NetworkPages([page("Lora", item(tmp_path, "a/x"), item(tmp_path, "b/x"))], Thumbnails(tmp_path))
    assert list(pages.listing(pages.page("lora")).items) == ["x", "b/x"]
    assert pages.item(pages.page("lora"), "b/x").filename == tmp_path / "b/x"
    with pytest.raises(UnknownNameError, match="Refresh"):
        pages.item(pages.page("lora"), "y")


def test_a_picture_that_is_a_network_itself_is_shown_last(tmp_path):
    network = tmp_path / "neg.png"
    network.touch()
    find = NetworkNotes().beside
    assert find(network, FolderNames()).preview == network
    (tmp_path / "neg.preview.webp").touch()
    assert find(network, FolderNames()).preview == tmp_path / "neg.preview.webp"


def test_descriptions_and_notes_that_cannot_be_read_count_as_none(tmp_path):
    (tmp_path / "x.json").write_text("[1, 2]")
    (tmp_path / "x.txt").mkdir()
    (tmp_path / "y.json").write_bytes(b"\xff\xfe{")
    for name in ("x", "y"):
        found = NetworkNotes().beside(tmp_path / f"{name}.safetensors", FolderNames())
        assert (found.description, found.metadata) == ("", {})


def test_the_description_follows_its_file(tmp_path):
    notes, network = NetworkNotes(), tmp_path / "x.safetensors"
    (tmp_path / "x.json").write_text(json.dumps({"description": "of the notes"}), encoding="utf-8-sig")
    assert notes.beside(network, FolderNames()).description == "of the notes"
    (tmp_path / "x.description.txt").write_text("longer\n")
    assert notes.beside(network, FolderNames()).description == "longer"
    (tmp_path / "x.txt").write_text("first of all")
    assert notes.beside(network, FolderNames()).description == "first of all"


def test_a_file_that_goes_away_is_left_out(tmp_path):
    assert Surroundings().item(tmp_path / "x.safetensors", [tmp_path], FolderNames(), ()) is None


@pytest.mark.parametrize(
    ("weight", "kept"), [(0.8, 0.8), (1, 1.0), (0, None), ("1", None), (True, None), (float("nan"), None), (1e9, None)]
)
def test_a_preferred_weight_counts_if_it_is_one(weight, kept):
    assert insertion("x", {"preferred weight": weight}).weight == kept


def test_training_tags_of_any_shape():
    assert training_tags({"a": {"x": 1, "y": 5, " ": 9}, "b": {"x": 7, "z": "many"}, "c": 3}) == [("x", 8), ("y", 5)]
    assert training_tags("none") == training_tags(None) == training_tags([1]) == []


def test_damaged_covers_are_left_out():
    good = base64.b64encode(b"picture").decode()
    texts = {"ssmd_cover_images": json.dumps([good, 3, "a"]), "modelspec.thumbnail": f"data:image/png;base64,{good}"}
    assert cover_images(texts) == [b"picture", b"picture"]
    assert cover_images({"ssmd_cover_images": "{"}) == cover_images({}) == []


def test_a_chosen_picture_goes_where_it_will_be_seen(tmp_path):
    network, inversions = item(tmp_path, "x.pt"), page("Textual Inversion")
    assert preview_target(inversions, network, "webp") == tmp_path / "x.preview.webp"
    assert preview_target(inversions, network, "nothing") == tmp_path / "x.preview.png"
    (tmp_path / "x.jpg").touch()
    assert preview_target(inversions, network, "png") == tmp_path / "x.jpg"


def test_small_copies_follow_their_pictures(tmp_path):
    thumbnails, source = Thumbnails(tmp_path / "cache"), tmp_path / "x.png"
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(source)
    first = thumbnails.file(source)
    assert Image.open(first).mode == "RGBA"
    Image.new("RGB", (60, 30), "blue").save(source)
    os.utime(source, ns=(1, 10**18))
    assert thumbnails.file(source) == first and Image.open(first).size == (60, 30)

    frames = [Image.new("L", (8, 8), level) for level in (0, 255)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert thumbnails.file(tmp_path / "moving.gif") == tmp_path / "moving.gif"
    for name in ("gone.png", "text.png"):
        (tmp_path / "text.png").write_text("text")
        with pytest.raises(InputError):
            thumbnails.file(tmp_path / name)


@pytest.mark.parametrize(("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (2_130_000, "2.13 MB")])
def test_sizes_are_read_easily(size, text):
    assert size_text(size) == text
