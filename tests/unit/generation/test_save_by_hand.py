"""The Save and Zip buttons, with real files."""

import csv
import re
import zipfile

import pytest
from PIL import Image

from modules.core.errors import InputError, StorageError
from modules.core.options import Settings
from modules.generation.from_infotext import read_recipe
from modules.generation.save_by_hand import ShownImage, choose_images, filename_values, save_by_hand
from modules.imaging.filename import NameRules
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext

INFOTEXT = (
    "a red cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7.5, "
    "Seed: {seed}, Size: 48x32, Model hash: 85d6e36ef7, Model: tiny, Denoising strength: 0.5, Clip skip: 2"
)
INFO = {"all_seeds": [5, 6], "batch_size": 2, "styles": ["ink"], "job_timestamp": "20260203040506"}


@pytest.fixture
def shown(tmp_path):
    """A grid and the two pictures of a job, saved as they always are."""

    def make(name, seed, is_grid=False, format_name="png"):
        path = tmp_path / "outputs" / f"{name}.{format_name}"
        path.parent.mkdir(exist_ok=True)
        infotext = INFOTEXT.format(seed=seed)
        path.write_bytes(encode_image(Image.effect_noise((48, 32), 60).convert("RGB"), format_name, infotext))
        return ShownImage(path, infotext, is_grid)

    return [make("grid", 5, is_grid=True), make("one", 5), make("two", 6, format_name="jpg")]


def save(images, folder, *, as_zip=False, **settings):
    return save_by_hand(images, folder, INFO, Settings(settings), NameRules(), as_zip=as_zip)


def log_rows(folder):
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("selected", "settings", "count"),
    [(1, {}, 1), (0, {}, 3), (-1, {}, 3), (99, {}, 3), (1, {"save_selected_only": False}, 3)],
)
def test_the_selected_one_is_saved_but_all_if_it_is_the_grid(shown, selected, settings, count):
    assert len(choose_images(shown, selected, Settings(settings))) == count


def test_no_picture_is_one_sentence():
    with pytest.raises(InputError, match="no picture to save"):
        choose_images([], 0, Settings())


def test_a_picture_is_saved_as_it_is_and_logged(shown, tmp_path):
    folder = tmp_path / "log" / "images"

    saved = save(shown[1:2], folder)

    assert [file.relative_to(folder).as_posix() for file in saved.files] == ["00000-5-a red cat.png"]
    assert saved.files[0].read_bytes() == shown[1].file.read_bytes()
    assert log_rows(folder) == [
        {
            "prompt": "a red cat", "seed": "5", "width": "48", "height": "32", "sampler": "Euler a", "cfgs": "7.5",
            "steps": "20", "filename": "00000-5-a red cat.png", "negative_prompt": "dog", "sd_model_name": "tiny",
            "sd_model_hash": "85d6e36ef7",
        }
    ]  # fmt: skip


def test_settings_say_where_and_as_what(shown, tmp_path):
    saved = save(
        shown,
        tmp_path,
        use_save_to_dirs_for_ui=True,
        directories_filename_pattern="[model_name]",
        samples_filename_pattern="[seed]-[clip_skip]-[denoising]-[styles]-[job_timestamp]",
        samples_format="webp",
        save_txt=True,
        save_write_log_csv=False,
    )

    assert sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "tiny").iterdir())[:2] == [
        "tiny/00000-5-2-0.5-ink-20260203040506.txt",
        "tiny/00000-5-2-0.5-ink-20260203040506.webp",
    ]
    assert read_infotext(load_image(saved.files[2])).infotext == shown[2].infotext
    assert not (tmp_path / "log.csv").exists()


def test_metadata_is_left_out_where_the_settings_say_so(shown, tmp_path):
    saved = save(shown[1:2], tmp_path, enable_pnginfo=False)

    assert read_infotext(load_image(saved.files[0])).infotext is None


def test_a_zip_file_holds_them_and_takes_no_others_place(shown, tmp_path):
    zips = [
        save(shown, tmp_path, as_zip=True, grid_zip_filename_pattern="all-[seed]-[seed_last]").zip_file for _ in "ab"
    ]

    assert [path.name for path in zips] == ["all-5-6.zip", "all-5-6-1.zip"]
    with zipfile.ZipFile(zips[1]) as archive:
        assert archive.testzip() is None
        assert [name[:7] for name in archive.namelist()] == ["00003-5", "00004-5", "00005-6"]
    assert [row["filename"][:5] for row in log_rows(tmp_path)] == ["00001", "00002", "00004", "00005"]


def test_the_zip_files_name_is_a1111s(shown, tmp_path):
    name = save(shown[:1], tmp_path, as_zip=True).zip_file.name

    assert re.fullmatch(r"[0-9]{14}_\[tiny\]_5\.zip", name)


def test_a_picture_that_is_gone_or_none_is_one_sentence(shown, tmp_path):
    (tmp_path / "text.png").write_text("no picture")

    shown[1].file.unlink()

    with pytest.raises(StorageError, match=r"one\.png is no longer there"):
        save(shown[1:2], tmp_path)
    with pytest.raises(InputError):
        save([ShownImage(tmp_path / "text.png", "")], tmp_path)


def test_infotexts_of_any_kind_give_names():
    hostile = "../../x\0\nSteps: many, Seed: 1e999, CFG scale: nan, Size: 0x0, Model: ../.., Sampler: \u202e"

    values = filename_values(read_recipe(hostile), {"all_seeds": "no", "batch_size": {}, "styles": 5})

    assert (values.steps, values.batch_size, values.styles) == (0, 1, ())
