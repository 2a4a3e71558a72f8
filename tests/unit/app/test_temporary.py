"""The folder of pictures that are only shown."""

import pytest

from modules.app.app import build_app
from modules.app.temporary import clean_temporary_folder, temporary_folder
from modules.core.errors import StorageError
from modules.core.flags import Flags
from modules.core.option_store import OptionStore
from modules.core.paths import make_paths


@pytest.fixture
def paths(tmp_path):
    return make_paths(Flags(data_dir=tmp_path))


def options_of(paths, **values):
    store = OptionStore(paths.config_file, paths.tmp / "config.json")
    store.update(values)
    return store


def test_the_folder_of_the_setting_counts(paths, tmp_path):
    assert temporary_folder(paths, options_of(paths)) == paths.tmp
    assert temporary_folder(paths, options_of(paths, temp_dir="shown")) == tmp_path / "shown"
    assert temporary_folder(paths, options_of(paths, temp_dir=f" {tmp_path}/x ")) == tmp_path / "x"


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"temp_dir": "shown", "clean_temp_dir_at_start": True}, ["a.txt", "deeper"]),
        ({"temp_dir": "shown"}, ["0.png", "a.txt", "deeper"]),
        ({"temp_dir": "gone", "clean_temp_dir_at_start": True}, ["0.png", "a.txt", "deeper"]),
    ],
)
def test_only_pictures_of_a_chosen_folder_are_deleted_and_only_if_wanted(paths, tmp_path, values, left):
    for folder in (tmp_path / "shown", paths.tmp):
        (folder / "deeper").mkdir(parents=True)
        for name in ("0.png", "a.txt"):
            (folder / name).touch()

    clean_temporary_folder(paths, options_of(paths, **values))

    assert sorted(path.name for path in (tmp_path / "shown").iterdir()) == left
    assert (paths.tmp / "0.png").exists()


def test_a_folder_that_cannot_be_written_is_refused_and_the_setting_stays(tmp_path):
    app = build_app(Flags(data_dir=tmp_path))
    (tmp_path / "file").write_text("no folder")
    app.set_options({"temp_dir": "shown"})
    assert (tmp_path / "shown").is_dir()
    with pytest.raises(StorageError, match="Cannot write into"):
        app.set_options({"temp_dir": "file/inside", "samples_format": "jpg"})
    assert app.options.get("temp_dir") == "shown"
    assert app.options.get("samples_format") == "png"
