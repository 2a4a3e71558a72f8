"""The embeddings folder: what is found, what fits a model, and what happens when it changes."""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from modules.engine.text.tokenizer import default_tokenizer
from modules.networks.embedding_catalog import EmbeddingCatalog
from tests.unit.networks.embedding_files import vectors, write_png, write_png_text, write_pt, write_safetensors

WIDTH = (32,)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "embeddings").mkdir()
    return tmp_path / "embeddings"


@pytest.fixture
def catalog(folder):
    return EmbeddingCatalog(folder)


def names(catalog, widths=WIDTH):
    return [file.name for file in catalog.list_for(widths).loaded]


def reasons(catalog, widths=WIDTH):
    return {skipped.path.name: skipped.reason for skipped in catalog.list_for(widths).skipped}


def found_in(catalog, text, widths=WIDTH):
    index = catalog.list_for(widths).index
    tokens = default_tokenizer().encode(text)
    return [hit[0].name for hit in (index.find(tokens, i) for i in range(len(tokens))) if hit]


def test_files_are_found_in_folders_of_any_depth(folder, catalog):
    (folder / "a" / "b").mkdir(parents=True)
    write_pt(folder / "a" / "b" / "deep.pt", vectors())
    write_safetensors(folder / "a" / "flat.safetensors", emb_params=vectors())
    write_png(folder / "picture.png", vectors())
    assert names(catalog) == ["deep", "flat", "picture"]


def test_pictures_and_other_files_beside_embeddings_are_no_embeddings(folder, catalog):
    write_pt(folder / "word.pt", vectors())
    write_png_text(folder / "word.png", None)
    write_png(folder / "word.preview.png", vectors())
    write_pt(folder / "._word.pt", vectors())
    (folder / "Place embeddings here.txt").touch()
    (folder / "word.pt.optim").touch()
    (folder / "word.webp").write_bytes(b"RIFF")
    assert (names(catalog), reasons(catalog)) == (["word"], {})


def test_an_embedding_for_another_kind_of_model_is_skipped_and_used_with_that(folder, catalog):
    write_pt(folder / "narrow.pt", vectors(width=32))
    write_pt(folder / "wide.pt", vectors(width=768))
    write_safetensors(folder / "xl.safetensors", clip_l=vectors(width=768), clip_g=vectors(width=1280))

    assert names(catalog) == ["narrow"]
    assert set(reasons(catalog)) == {"wide.pt", "xl.safetensors"}
    assert "width 768 and 1280, not 32" in reasons(catalog)["xl.safetensors"]
    assert names(catalog, (768,)) == ["wide"]
    assert names(catalog, (768, 1280)) == ["xl"]
    assert names(catalog, None) == ["narrow", "wide", "xl"]


def test_a_bad_file_is_skipped_and_logged_once(folder, catalog, caplog):
    (folder / "empty.pt").touch()
    write_pt(folder / "good.pt", vectors())

    with caplog.at_level(logging.WARNING):
        assert names(catalog) == names(catalog) == ["good"]

    assert "is empty" in reasons(catalog)["empty.pt"]
    assert [record.message for record in caplog.records] == [
        "Textual inversion skipped: empty.pt is empty: download it again."
    ]


def test_changes_are_seen_by_themselves(folder, catalog):
    assert names(catalog) == []
    write_pt(folder / "one.pt", vectors(1))
    assert names(catalog) == ["one"]
    before = catalog.list_for(WIDTH)
    assert catalog.list_for(WIDTH) is before

    write_pt(folder / "two.pt", vectors())
    assert names(catalog) == ["one", "two"]
    assert [file.name for file in before.loaded] == ["one"]

    write_pt(folder / "one.pt", vectors(5))
    assert [file.length for file in catalog.list_for(WIDTH).loaded] == [5, 2]

    (folder / "one.pt").unlink()
    assert names(catalog) == ["two"]


def test_unchanged_files_are_not_read_again_unless_asked_to(folder, catalog):
    write_pt(folder / "one.pt", vectors())
    first = catalog.list_for(WIDTH).loaded[0]
    write_pt(folder / "two.pt", vectors())
    assert catalog.list_for(WIDTH).loaded[0] is first
    catalog.refresh()
    assert catalog.list_for(WIDTH).loaded[0] is not first


def test_of_two_files_with_one_name_the_first_kind_counts_and_the_other_is_told(folder, catalog):
    (folder / "sub").mkdir()
    write_pt(folder / "word.pt", vectors(1))
    write_safetensors(folder / "sub" / "word.safetensors", emb_params=vectors(2))
    write_pt(folder / "WORD.bin", vectors(3))

    assert [file.path.name for file in catalog.list_for(WIDTH).loaded] == ["word.safetensors"]
    assert set(reasons(catalog)) == {"word.pt", "WORD.bin"}
    assert "word.safetensors has the same name" in reasons(catalog)["word.pt"]


def test_one_name_for_two_kinds_of_models_is_no_clash(folder, catalog):
    write_pt(folder / "word.pt", vectors(width=768))
    write_safetensors(folder / "word.safetensors", clip_l=vectors(width=768), clip_g=vectors(width=1280))
    assert names(catalog, (768,)) == names(catalog, (768, 1280)) == ["word"]


def test_a_name_without_tokens_is_skipped(folder, catalog):
    write_pt(folder / " \u00a0 .pt", vectors())
    assert "rename" in next(iter(reasons(catalog).values()))


@pytest.mark.parametrize("name", ["Ünïcödé", "猫", "🦄", "a, b (c)", "<word>", "x" * 200, "e\u0301tude", "1girl", "__"])
def test_any_name_is_found_in_a_prompt(folder, catalog, name):
    write_pt(folder / f"{name}.pt", vectors())
    assert found_in(catalog, f"a {name} b") == [name]
    assert found_in(catalog, f"a {name.upper()} , b") == [name]


def test_the_longest_name_counts(folder, catalog):
    for name in ("bad-hands", "bad-hands-5", "bad"):
        write_pt(folder / f"{name}.pt", vectors())
    assert found_in(catalog, "bad-hands-5")[0] == "bad-hands-5"
    assert found_in(catalog, "bad-hands, bad-hands-")[0] == "bad-hands"
    assert found_in(catalog, "bad dog") == ["bad"]


def test_a_missing_folder_a_file_and_links_in_a_circle_are_no_trouble(folder, tmp_path):
    assert names(EmbeddingCatalog(tmp_path / "nowhere")) == []
    (tmp_path / "file").touch()
    assert names(EmbeddingCatalog(tmp_path / "file")) == []

    write_pt(folder / "word.pt", vectors())
    (folder / "loop").symlink_to(folder)
    (folder / "dead.pt").symlink_to(tmp_path / "gone.pt")
    (folder / "self.pt").symlink_to(folder / "self.pt")
    (folder / "folder.pt").mkdir()
    assert names(EmbeddingCatalog(folder)) == ["word"]


def test_a_folder_that_may_not_be_read_is_no_trouble(folder, monkeypatch):
    write_pt(folder / "word.pt", vectors())

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    catalog = EmbeddingCatalog(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        assert names(catalog) == []
    assert names(catalog) == ["word"]


def test_file_names_that_are_no_text_can_be_shown(folder, catalog):
    write_pt(folder / os.fsdecode(b"w\xffrd.pt"), vectors())
    assert names(catalog) == ["w?rd"]


def test_it_may_be_asked_while_files_come_and_go(folder, catalog):
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            catalog.list_for(WIDTH)
            catalog.refresh()

    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(ask) for _ in range(3)]
        for i in range(40):
            write_pt(folder / f"word{i % 5}.pt", vectors(1 + i % 3))
            (folder / f"word{(i + 2) % 5}.pt").unlink(missing_ok=True)
        stop.set()
    assert [future.exception() for future in asked] == [None] * 3
