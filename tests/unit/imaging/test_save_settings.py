import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from modules.core.options import Option, Settings
from modules.imaging import options
from modules.imaging.filename import FILENAME_PATTERNS, FilenameValues, NameRules
from modules.imaging.jpeg_copy import JpegCopy, encode_jpeg_copy
from modules.imaging.load import load_image
from modules.imaging.metadata import EncodeOptions, read_infotext
from modules.imaging.save import save_image
from modules.imaging.save_settings import FOLDERS, encode_options, grid_save_options, output_folder, sample_save_options

ROOT = Path("data")
VALUES = FilenameValues(seed=5, prompt="a red cat", now=datetime(2026, 2, 3))


def saved_as(folder, saving, **changes):
    path = save_image(Image.new("RGB", (8, 8)), folder, replace(VALUES, **changes), "x", saving)
    return path.relative_to(folder).as_posix()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "2026-02-03/00000-5.png"),
        ({"save_to_dirs": False}, "00000-5-a red cat.png"),
        ({"directories_filename_pattern": ""}, "a red cat/00000-5.png"),
        ({"directories_filename_pattern": "", "directories_max_prompt_words": 2}, "a red/00000-5.png"),
        ({"samples_filename_pattern": "[prompt]"}, "2026-02-03/00000-a_red_cat.png"),
        ({"save_images_add_number": False}, "2026-02-03/5.png"),
        ({"samples_format": "webp"}, "2026-02-03/00000-5.webp"),
    ],
)
def test_settings_name_the_pictures(tmp_path, changes, name):
    assert saved_as(tmp_path, sample_save_options(Settings(changes))) == name


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "2026-02-03/grid-0000.png"),
        ({"grid_save_to_dirs": False}, "grid-0000.png"),
        ({"grid_extended_filename": True}, "2026-02-03/grid-0000-5.png"),
        ({"grid_extended_filename": True, "grid_save_to_dirs": False}, "grid-0000-5-a red cat.png"),
        ({"grid_format": "jpg", "samples_format": "webp"}, "2026-02-03/grid-0000.jpg"),
    ],
)
def test_settings_name_the_grids(tmp_path, changes, name):
    assert saved_as(tmp_path, grid_save_options(Settings(changes))) == name


def test_an_existing_file_is_replaced_or_not(tmp_path):
    keep = Settings({"save_images_add_number": False, "save_images_replace_action": "Add number suffix"})

    names = [saved_as(tmp_path, sample_save_options(keep)) for _ in range(2)]

    assert names == ["2026-02-03/5.png", "2026-02-03/5-1.png"]


def test_texts_are_written_where_the_settings_say(tmp_path):
    saving = sample_save_options(Settings({"enable_pnginfo": False, "save_txt": True}))

    path = save_image(Image.new("RGB", (8, 8)), tmp_path, VALUES, "how", saving)

    assert read_infotext(load_image(path)).infotext is None
    assert path.with_suffix(".txt").read_text() == "how\n"


@pytest.mark.parametrize(("quality", "used"), [(80, 80), (-5, 1), (1000, 100)])
def test_quality_is_kept_in_its_range(quality, used):
    assert encode_options(Settings({"jpeg_quality": quality})).quality == used


def test_lossless_webp_and_name_rules_are_passed_on():
    saving = sample_save_options(Settings({"webp_lossless": True}), NameRules(max_length=7, unix=True))

    assert saving.encode.webp_lossless and saving.rules == NameRules(7, True)


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("txt2img", "outputs/txt2img-images"),
        ("img2img", "outputs/img2img-images"),
        ("extras", "outputs/extras-images"),
        ("txt2img-grid", "outputs/txt2img-grids"),
        ("img2img-grid", "outputs/img2img-grids"),
        ("save-button", "log/images"),
    ],
)
def test_folders(kind, folder, tmp_path):
    of_this_kind = FOLDERS[kind][1]

    assert output_folder(Settings(), ROOT, kind) == ROOT / folder
    assert output_folder(Settings({of_this_kind.name: "mine"}), ROOT, kind) == ROOT / "mine"
    assert output_folder(Settings({of_this_kind.name: str(tmp_path)}), ROOT, kind) == tmp_path
    assert output_folder(Settings({of_this_kind.name: "  "}), ROOT, kind) == ROOT / folder


def test_one_folder_for_all_kinds_wins():
    chosen = Settings({"outdir_samples": "all", "outdir_grids": "all grids", "outdir_txt2img_samples": "mine"})

    folders = [output_folder(chosen, ROOT, kind).name for kind in FOLDERS]

    assert folders == ["all", "all", "all", "all grids", "all grids", "images", "init-images"]


@pytest.mark.parametrize(
    ("size", "limits", "copied"),
    [
        ((300, 200), JpegCopy(megabytes=1, side=400), None),
        ((300, 200), JpegCopy(megabytes=1, side=100), (100, 67)),
        ((200, 300), JpegCopy(megabytes=1, side=150), (100, 150)),
        ((300, 200), JpegCopy(megabytes=0.0001, side=400), (300, 200)),
        ((300, 1), JpegCopy(megabytes=1, side=100), (100, 1)),
        ((300, 200), JpegCopy(megabytes=1, side=0), (1, 1)),
        ((70_000, 1), JpegCopy(megabytes=0, side=100_000), (65_500, 1)),
    ],
)
def test_large_pictures_get_a_jpeg_beside_them(size, limits, copied):
    copy = encode_jpeg_copy(Image.new("RGBA", size), 1000, limits, "how", EncodeOptions())

    assert (copy and load_image(copy).size) == copied
    assert copy is None or read_infotext(load_image(copy)).infotext == "how"


def test_the_jpeg_has_the_name_of_the_picture(tmp_path):
    large = Settings({"target_side_length": 100, "save_to_dirs": False, "samples_filename_pattern": "[seed]"})
    for changes, names in [
        ({}, ["00000-5.jpg", "00000-5.png"]),
        ({"export_for_4chan": False}, ["00000-5.png"]),
        ({"samples_format": "jpg"}, ["00000-5.jpg"]),
    ]:
        folder = tmp_path / str(changes)
        save_image(Image.new("RGB", (200, 8)), folder, VALUES, "x", sample_save_options(large.overlaid(changes)))
        assert sorted(path.name for path in folder.iterdir()) == names


def test_every_option_of_this_package_is_in_the_documentation():
    documentation = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    declared = [value for value in vars(options).values() if isinstance(value, Option)]

    assert len(declared) > 20
    assert [each.name for each in declared if f"| `{each.name}` | " not in documentation] == []


def test_every_pattern_is_in_the_documentation():
    documentation = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")

    assert [each.name for each in FILENAME_PATTERNS if not re.search(rf"\[{each.name}[\]<]", documentation)] == []
