"""The list of checkpoints: names, order, look-up, the starter."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from modules.checkpoints.catalog import CheckpointCatalog
from modules.checkpoints.hashes import HashCache, legacy_hash
from modules.checkpoints.header import read_header
from modules.checkpoints.scan import natural_key
from modules.core.errors import CheckpointError, UnknownNameError
from modules.core.flags import Flags
from modules.core.paths import make_paths

CONTENT = b"abc"
SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""Of CONTENT: the example of FIPS 180-2."""


class House:
    """A program folder, a data folder, and catalogues over them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.flags = replace(Flags(), data_dir=root / "data")
        self.models = root / "data" / "models" / "Stable-diffusion"
        self.models.mkdir(parents=True)

    def put(self, name: str, content: bytes = CONTENT, folder: Path | None = None) -> Path:
        path = (folder or self.models) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def put_starter(self) -> Path:
        path = make_paths(self.flags, {}, program=self.root / "program").starter
        return self.put(path.name, folder=path.parent)

    def catalog(self, **flags) -> CheckpointCatalog:
        flags = replace(self.flags, **flags)
        paths = make_paths(flags, {}, program=self.root / "program")
        return CheckpointCatalog(paths, flags, HashCache(paths.cache_dir / "hashes.json"))


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def names(catalog) -> list[str]:
    return [info.name for info in catalog.all()]


def test_every_name_of_a_checkpoint(house):
    house.put("sub/my model.v2.safetensors")
    config = house.put("sub/my model.v2.yaml", b"")
    catalog = house.catalog()
    info = catalog.hashed(catalog.all()[0])

    assert info.name == "sub/my model.v2.safetensors"
    assert info.title == "sub/my model.v2.safetensors [ba7816bf8f]"
    assert info.model_name == "sub_my model.v2"
    assert info.name_for_extra == "my model.v2"
    assert info.short_title == "my model.v2 [ba7816bf8f]"
    assert (info.sha256, info.short_hash) == (SHA256, "ba7816bf8f")
    assert info.config == config


def test_the_list_is_in_natural_order_and_holds_checkpoints_only(house):
    for name in ("v10.safetensors", "V9.ckpt", "a/z.SafeTensors", "x.vae.safetensors", "y.vae.ckpt", "lora.pt"):
        house.put(name)
    house.put("._v9.safetensors")
    house.put("Put checkpoints here.txt")
    (house.models / "folder.safetensors").mkdir()

    assert names(house.catalog()) == ["a/z.SafeTensors", "V9.ckpt", "v10.safetensors"]


def test_natural_order_of_odd_names():
    odd = ["", "1", "a", "a1", "a01b", "٣", "²", "é", "[x]", "a" * 300]

    assert len(sorted(odd, key=natural_key)) == len(odd)
    assert sorted(["b2", "b10", "B1"], key=natural_key) == ["B1", "b2", "b10"]


def test_links_are_followed_also_in_a_circle(house):
    elsewhere = house.put("far.safetensors", folder=house.root / "elsewhere").parent
    (house.models / "linked").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(house.models)
    (house.models / "near.safetensors").symlink_to(elsewhere / "far.safetensors")
    (house.models / "broken.safetensors").symlink_to(elsewhere / "nothing")

    assert names(house.catalog()) == ["linked/far.safetensors", "near.safetensors"]


def test_the_folder_of_ckpt_dir_is_searched_first_and_ckpt_is_the_default(house):
    house.put("a.safetensors")
    other = house.put("a.safetensors", folder=house.root / "other").parent
    lone = house.put("lone.safetensors", folder=house.root / "lone")

    catalog = house.catalog(ckpt_dir=other, ckpt=lone)

    assert names(catalog) == ["a.safetensors", "lone.safetensors"]
    assert catalog.get("a").filename == other / "a.safetensors"
    assert catalog.default().filename == lone


def test_ckpt_inside_the_folder_is_listed_once(house):
    house.put("a.safetensors")
    path = house.put("b.safetensors")

    catalog = house.catalog(ckpt=path)

    assert names(catalog) == ["a.safetensors", "b.safetensors"]
    assert catalog.default().name == "b.safetensors"


def test_a_missing_ckpt_warns_and_the_first_is_taken(house, caplog):
    house.put("a.safetensors")

    assert house.catalog(ckpt=house.root / "gone.safetensors").default().name == "a.safetensors"
    assert "there is no such file" in caplog.text


def test_the_starter_is_there_only_while_nothing_else_is(house):
    starter = house.put_starter()
    catalog = house.catalog()
    assert (catalog.default().filename, names(catalog)) == (starter, ["easel-starter.safetensors"])

    house.put("old.ckpt")
    catalog.refresh()
    assert catalog.default().filename == starter

    house.put("real.safetensors")
    catalog.refresh()
    assert catalog.default().name == "real.safetensors"
    assert catalog.find("easel-starter") is None


def test_the_companions_of_the_starter_come_and_go_with_it_and_are_never_the_first(house):
    starter = house.put_starter()
    companion = house.put("easel-starter-another.safetensors", folder=starter.parent)
    catalog = house.catalog()
    assert names(catalog) == ["easel-starter-another.safetensors", "easel-starter.safetensors"]
    assert catalog.default().filename == starter
    assert catalog.find("easel-starter").filename == starter
    assert catalog.is_shipped(catalog.find("easel-starter-another"))

    own = house.put("easel-starter-my own.safetensors")
    catalog.refresh()
    assert catalog.default().filename == own
    assert not catalog.is_shipped(catalog.default())
    assert catalog.find("easel-starter-another") is None
    assert catalog.find(companion.as_posix()).filename == companion


def test_the_starter_in_the_models_folder_itself_is_no_real_checkpoint(house):
    house.flags = replace(house.flags, data_dir=house.root / "program")
    house.put_starter()
    assert names(house.catalog()) == ["easel-starter.safetensors"]

    house.put("real.safetensors", folder=house.root / "program" / "models" / "Stable-diffusion")
    assert names(house.catalog()) == ["real.safetensors"]


def test_nothing_at_all_says_where_to_put_one(house):
    with pytest.raises(CheckpointError, match="Stable-diffusion"):
        house.catalog().default()
    house.models.rmdir()
    assert house.catalog().all() == []


@pytest.mark.parametrize(
    "name",
    [
        "sub/x.safetensors [ba7816bf8f]",
        "sub/x.safetensors",
        "sub\\x.safetensors",
        "sub_x",
        "x",
        "x [ba7816bf8f]",
        "ba7816bf8f",
        SHA256,
        "  sub/x.safetensors ",
        "ub/x.safe",
        "sub/x.safetensors [0000000000]",
    ],
)
def test_a_checkpoint_is_found_by(house, name):
    house.put("sub/x.safetensors")
    house.put("another.safetensors", b"other")
    catalog = house.catalog()
    hashed = catalog.hashed(catalog.get("sub_x"))

    assert catalog.find(name) == hashed
    assert catalog.get(name) == hashed


def test_an_old_hash_finds_it(house):
    path = house.put("old.safetensors", bytes(0x100000) + b"the part that counts" + bytes(0x20000))
    house.put("short.safetensors")
    old = legacy_hash(path)
    assert old is not None and len(old) == 8

    catalog = house.catalog()

    assert catalog.get(old).name == "old.safetensors"
    assert catalog.get(f"old.safetensors [{old}]").name == "old.safetensors"
    assert catalog.find("12345678") is None


def test_an_exact_name_beats_a_part_and_a_short_title_beats_a_long_one(house):
    for name in ("model.safetensors", "a/my model.safetensors", "model two.safetensors"):
        house.put(name)
    catalog = house.catalog()

    assert catalog.get("model").name == "model.safetensors"
    assert catalog.get("odel").name == "model.safetensors"
    assert catalog.get("odel t").name == "model two.safetensors"


@pytest.mark.parametrize("name", ["", "  ", "nothing of the kind", "[]", "[x]", "x" * 100_000, "日本", "\0"])
def test_other_names_are_not_found(house, name):
    house.put("model.safetensors")
    catalog = house.catalog()

    assert catalog.find(name) is None
    with pytest.raises(UnknownNameError) as caught:
        catalog.get(name)
    assert len(str(caught.value)) < 300


def test_a_close_name_is_suggested(house):
    house.put("dreamshaper.safetensors")

    with pytest.raises(UnknownNameError, match=r'Did you mean "dreamshaper\.safetensors"'):
        house.catalog().get("dreamshapper.safetensor")


def test_no_hashing_leaves_titles_alone(house):
    house.put("a.safetensors")
    catalog = house.catalog(no_hashing=True)

    assert catalog.hashed(catalog.default()).title == "a.safetensors"


def test_a_hash_is_remembered_until_the_file_changes(house):
    path = house.put("a.safetensors")
    catalog = house.catalog()
    assert catalog.hashed(catalog.default()) in catalog.all()
    assert house.catalog().default().short_hash == "ba7816bf8f"

    path.write_bytes(b"something else")
    assert house.catalog().default().sha256 is None


def test_a_file_that_vanishes_is_explained(house):
    path = house.put("a.safetensors")
    catalog = house.catalog()
    path.unlink()

    with pytest.raises(CheckpointError, match=r"a\.safetensors cannot be read"):
        catalog.hashed(catalog.default())
    catalog.refresh()
    assert catalog.all() == []


@pytest.mark.skipif(os.name != "posix", reason="needs a file system that takes any bytes")
def test_a_name_that_no_page_could_carry_is_made_printable(house):
    for raw in (b"\xff.safetensors", b"two\nlines.safetensors"):
        os.close(os.open(os.fsencode(house.models) + b"/" + raw, os.O_CREAT | os.O_WRONLY))
    house.put("日本 モデル👩‍💻 [x] %s.safetensors")

    listed = house.catalog().all()

    assert [info.name_for_extra for info in listed] == ["?", "two?lines", "日本 モデル👩‍💻 [x] %s"]
    for info in listed:
        assert info.title.encode("utf-8").decode() == info.name
        assert info.filename.exists()
        with pytest.raises(CheckpointError) as caught:
            read_header(info.filename)
        assert "\n" not in str(caught.value).encode("utf-8").decode()
