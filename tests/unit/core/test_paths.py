import os
from dataclasses import replace
from pathlib import Path

import pytest

from modules.core.errors import StorageError
from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.core.paths import ensure_folders, make_paths


def test_everything_derives_from_the_data_folder(tmp_path):
    paths = make_paths(replace(Flags(), data_dir=tmp_path), {})
    assert paths.config_file == tmp_path / "config.json"
    assert paths.params_file == tmp_path / "params.txt"
    assert paths.styles_files == (tmp_path / "styles.csv",)
    assert paths.checkpoint_dirs == (tmp_path / "models" / "Stable-diffusion",)
    assert paths.cache_dir == tmp_path / "cache"


def test_the_starter_is_found_whatever_the_data_folder(tmp_path):
    paths = make_paths(replace(Flags(), data_dir=tmp_path, models_dir=tmp_path / "m"), {})
    assert paths.starter == PROGRAM_FOLDER / "models" / "Stable-diffusion" / "easel-starter.safetensors"
    assert paths.starter.exists()
    assert paths.restart_file == PROGRAM_FOLDER / "tmp" / "restart"


def test_a_models_folder_wins_over_the_data_folder_for_models_only(tmp_path):
    paths = make_paths(replace(Flags(), data_dir=tmp_path / "d", models_dir=tmp_path / "m"), {})
    assert paths.models == tmp_path / "m"
    assert paths.vae_dirs == (tmp_path / "m" / "VAE",)
    assert paths.embeddings_dir == tmp_path / "d" / "embeddings"


def test_the_named_checkpoint_folder_comes_first_and_once(tmp_path):
    usual = tmp_path / "models" / "Stable-diffusion"
    flags = replace(Flags(), data_dir=tmp_path, ckpt_dir=tmp_path / "big")
    assert make_paths(flags, {}).checkpoint_dirs == (tmp_path / "big", usual)
    assert make_paths(replace(flags, ckpt_dir=usual), {}).checkpoint_dirs == (usual,)


def test_files_named_by_flags_are_used(tmp_path):
    flags = replace(
        Flags(), data_dir=tmp_path, ui_settings_file=tmp_path / "s.json", ui_config_file=tmp_path / "u.json"
    )
    paths = make_paths(flags, {"SD_WEBUI_CACHE_DIR": str(tmp_path / "c")})
    assert (paths.config_file, paths.ui_config_file, paths.cache_dir) == (
        tmp_path / "s.json",
        tmp_path / "u.json",
        tmp_path / "c",
    )


def test_style_files_may_be_patterns(tmp_path):
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / name).touch()
    flags = replace(Flags(), styles_file=(str(tmp_path / "*.csv"), str(tmp_path / "new.csv"), str(tmp_path / "a.csv")))
    assert [path.name for path in make_paths(flags, {}).styles_files] == ["a.csv", "b.csv", "new.csv"]


def test_folders_are_made_once_and_again(tmp_path):
    paths = make_paths(replace(Flags(), data_dir=tmp_path / "ü b"), {})
    ensure_folders(paths)
    ensure_folders(paths)
    assert (paths.models / "Stable-diffusion").is_dir()
    assert (paths.data / "outputs").is_dir()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="--data-dir"):
        ensure_folders(make_paths(replace(Flags(), data_dir=tmp_path / "taken"), {}))


@pytest.mark.skipif(not Path("/proc").exists() or os.name == "nt", reason="needs /proc")
def test_a_file_system_that_refuses_is_one_sentence():
    with pytest.raises(StorageError, match="Cannot make the folder"):
        ensure_folders(make_paths(replace(Flags(), data_dir=Path("/proc/easel")), {}))
