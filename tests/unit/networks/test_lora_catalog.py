"""The folders of LoRAs and hypernetworks: what is listed, by which names it is found, and its hashes."""

import hashlib
import json
import os

import pytest
import torch

from modules.checkpoints.hashes import HashCache
from modules.networks.hypernetwork_catalog import HypernetworkCatalog
from modules.networks.lora_catalog import LoraCatalog
from modules.networks.options import BY_ALIAS, BY_FILENAME
from tests.golden.evidence import EVIDENCE
from tests.unit.networks.lora_files import write_lora


@pytest.fixture
def catalog(tmp_path):
    return LoraCatalog((tmp_path / "Lora", tmp_path / "LyCORIS"), HashCache(tmp_path / "hashes.json"))


def found(catalog, name):
    lora = catalog.find(name)
    assert lora is not None
    return lora


def names(catalog):
    return [lora.name for lora in catalog.list()]


def test_all_of_both_folders_are_listed_in_natural_order(tmp_path, catalog):
    for name in ("v10", "v9", "sub/deep/a"):
        write_lora(tmp_path / "Lora" / f"{name}.safetensors")
    write_lora(tmp_path / "LyCORIS" / "loha.safetensors")
    write_lora(tmp_path / "Lora" / "._v9.safetensors")
    torch.save({}, tmp_path / "Lora" / "old.pt")
    (tmp_path / "Lora" / "v9.png").write_bytes(b"")

    assert names(catalog) == ["old", "a", "v9", "v10", "loha"]


def test_no_folder_is_no_mistake(catalog):
    assert catalog.list() == ()
    assert catalog.find("any") is None


def test_a_new_file_is_found_without_a_refresh_and_listed_after_one(tmp_path, catalog):
    assert names(catalog) == []
    write_lora(tmp_path / "Lora" / "new.safetensors")
    assert names(catalog) == []
    assert catalog.find("new").name == "new"
    assert names(catalog) == ["new"]


def test_the_trainers_texts_are_read_without_its_pictures(tmp_path, catalog):
    tags = {"pets": {"cat": 3}}
    path = write_lora(
        tmp_path / "Lora" / "pets-v1.safetensors",
        ss_output_name="pets",
        ss_tag_frequency=json.dumps(tags),
        ssmd_cover_images="[...]",
        broken="{no json",
        ss_base_model_version="sd_v1",
    )
    (lora,) = catalog.list()
    assert (lora.name, lora.alias, lora.path, lora.problem) == ("pets-v1", "pets", path, None)
    assert lora.metadata["ss_tag_frequency"] == tags
    assert lora.metadata["broken"] == "{no json"
    assert "ssmd_cover_images" not in lora.metadata


@pytest.mark.parametrize(
    ("metadata", "version"),
    [
        ({}, "Unknown"),
        ({"any": "thing"}, "SD1"),
        ({"ss_v2": "True"}, "SD2"),
        ({"ss_v2": "False"}, "SD1"),
        ({"ss_base_model_version": "sdxl_base_v1-0", "ss_v2": "False"}, "SDXL"),
    ],
)
def test_what_it_was_trained_on(tmp_path, catalog, metadata, version):
    write_lora(tmp_path / "Lora" / "x.safetensors", **metadata)
    assert catalog.list()[0].sd_version == version


def test_found_by_name_by_alias_and_whatever_the_capitals(tmp_path, catalog):
    write_lora(tmp_path / "Lora" / "Style_v2.safetensors", ss_output_name="Ink")
    for name in ("Style_v2", "style_V2", "Ink", "ink"):
        assert catalog.find(name).name == "Style_v2"
    assert catalog.find("Style") is None


def test_an_alias_of_several_or_of_everybody_means_none(tmp_path, catalog):
    write_lora(tmp_path / "Lora" / "a.safetensors", ss_output_name="last")
    write_lora(tmp_path / "Lora" / "b.safetensors", ss_output_name="last")
    write_lora(tmp_path / "Lora" / "c.safetensors", ss_output_name="None")
    write_lora(tmp_path / "Lora" / "d.safetensors", ss_output_name="a")
    assert [catalog.find(name) for name in ("last", "None")] == [None, None]
    assert found(catalog, "a").path.stem == "a"
    assert [catalog.prompt_name(lora, BY_ALIAS) for lora in catalog.list()] == ["a", "b", "c", "d"]


def test_what_a_card_writes_into_the_prompt(tmp_path, catalog):
    write_lora(tmp_path / "Lora" / "style-v2.safetensors", ss_output_name="ink")
    lora = catalog.list()[0]
    assert catalog.prompt_name(lora, BY_ALIAS) == "ink"
    assert catalog.prompt_name(lora, BY_FILENAME) == "style-v2"


def test_files_with_one_name_can_all_be_named(tmp_path, catalog):
    for place in ("Lora/a/x", "Lora/b/x", "LyCORIS/b/x"):
        write_lora(tmp_path / f"{place}.safetensors")
    torch.save({}, tmp_path / "LyCORIS" / "b" / "x.pt")
    assert names(catalog) == ["x", "b/x", "LyCORIS/b/x", "LyCORIS/b/x.safetensors"]
    for lora in catalog.list():
        assert catalog.find(lora.name).path == lora.path


def test_a_broken_file_is_listed_with_what_is_wrong(tmp_path, catalog):
    (tmp_path / "Lora").mkdir()
    (tmp_path / "Lora" / "page.safetensors").write_text("<html>")
    (lora,) = catalog.list()
    assert lora.name == "page"
    assert "page.safetensors is not a safetensors file" in lora.problem


def test_only_what_has_changed_is_read_again(tmp_path, catalog):
    kept, changed = (write_lora(tmp_path / "Lora" / f"{name}.safetensors") for name in ("kept", "v"))
    before = catalog.list()
    write_lora(changed, ss_output_name="now with one")
    os.utime(changed, ns=(1, 1))
    catalog.refresh()
    assert catalog.list()[0] is before[0]
    assert catalog.list()[1].alias == "now with one"
    kept.unlink()
    catalog.refresh()
    assert names(catalog) == ["v"]


def test_the_hash_is_that_of_the_contents_whatever_the_header_says(tmp_path, catalog):
    one = write_lora(tmp_path / "Lora" / "a.safetensors")
    write_lora(tmp_path / "Lora" / "b.safetensors", comment="edited")
    torch.save({}, tmp_path / "Lora" / "c.pt")
    first, second, pickled = (catalog.hashed(lora) for lora in catalog.list())
    data = one.read_bytes()
    assert first.hash == second.hash == hashlib.sha256(data[8 + int.from_bytes(data[:8], "little") :]).hexdigest()
    assert pickled.hash == hashlib.sha256(pickled.path.read_bytes()).hexdigest()
    assert catalog.by_hash(pickled.shorthash) == pickled
    assert catalog.by_hash("") is catalog.by_hash("0" * 12) is None


def test_the_trainers_hash_and_a_known_one_cost_nothing(tmp_path, catalog, monkeypatch):
    write_lora(tmp_path / "Lora" / "a.safetensors", sshs_model_hash="ab" * 32)
    write_lora(tmp_path / "Lora" / "b.safetensors")
    for lora in catalog.list():
        catalog.hashed(lora)
    monkeypatch.setattr("modules.networks.lora_catalog.data_hash", None)
    again = LoraCatalog(catalog.folders, HashCache(tmp_path / "hashes.json"))
    assert [bool(lora.hash) for lora in again.list()] == [True, True]
    assert again.list()[0].shorthash == "abababababab"


def test_no_hash_where_none_is_wanted(tmp_path):
    write_lora(tmp_path / "Lora" / "a.safetensors")
    catalog = LoraCatalog((tmp_path / "Lora",), HashCache(tmp_path / "hashes.json"), hashing=False)
    assert catalog.hashed(catalog.list()[0]).hash == ""


@pytest.mark.skipif(not (EVIDENCE / "networks" / "tiny-lora.safetensors").exists(), reason="needs the whole evidence")
def test_hashes_are_those_of_a1111(tmp_path):
    catalog = LoraCatalog((EVIDENCE / "networks",), HashCache(tmp_path / "hashes.json"))
    assert catalog.hashed(found(catalog, "tiny-lora")).shorthash == "0e4358d4fee9"
    assert catalog.hashed(found(catalog, "tiny-lora-te")).shorthash == "7f7d7f5b5d49"


def test_hypernetworks_are_listed_and_found(tmp_path):
    catalog = HypernetworkCatalog(tmp_path / "hypernetworks", HashCache(tmp_path / "hashes.json"))
    assert catalog.list() == ()
    for name in ("v10.pt", "v9.pt", "None.pt", "other.safetensors", "sub/A.pt", "sub/v9.pt"):
        path = tmp_path / "hypernetworks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    assert found(catalog, "a").path == tmp_path / "hypernetworks" / "sub" / "A.pt"
    assert [network.name for network in catalog.list()] == ["A", "v9", "v10"]
    assert found(catalog, "v9").path.parent == tmp_path / "hypernetworks"
    assert catalog.shorthash(found(catalog, "A")) == hashlib.sha256(b"12345").hexdigest()[:10]
    assert catalog.find("None") is None
