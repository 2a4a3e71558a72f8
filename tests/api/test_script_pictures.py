"""`modules.images`, as scripts of extensions use it."""

from pathlib import Path

import pytest
from PIL import Image

from modules import images
from modules.imaging.options import GRID_SAVE_TO_DIRS, SAVE_TO_DIRS


@pytest.fixture
def picture():
    return Image.new("RGB", (8, 8), "red")


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ({"basename": ""}, "00000.png"),
        ({"basename": "", "seed": 5}, "00000-5.png"),
        ({"basename": "swap", "seed": 5}, "swap-0000-5.png"),
        ({"basename": "xyz_grid", "seed": 5, "grid": True}, "xyz_grid-0000.png"),
        ({"basename": "", "seed": 5, "suffix": "-mask", "extension": "webp"}, "00000-5-mask.webp"),
        ({"basename": "", "seed": 5, "short_filename": True}, "00000.png"),
        ({"basename": "", "forced_filename": "just [this]"}, "just (this).png"),
    ],
)
def test_pictures_are_saved_under_a1111s_names(app, tmp_path, picture, call, name):
    path, text = images.save_image(picture, str(tmp_path), **call, info="a cat\nSteps: 1", save_to_dirs=False)

    assert (Path(path), text) == (tmp_path / name, None)
    assert picture.already_saved_as == path
    assert images.read_info_from_image(Image.open(path))[0] == "a cat\nSteps: 1"


def test_subfolders_are_those_of_the_settings(app, tmp_path, picture):
    dated = [Path(images.save_image(picture, str(tmp_path), "", grid=grid)[0]).parent for grid in (False, True)]
    assert all(folder.parent == tmp_path for folder in dated)
    app.options.update({SAVE_TO_DIRS.name: False, GRID_SAVE_TO_DIRS.name: False})
    flat = [Path(images.save_image(picture, str(tmp_path), "", grid=grid)[0]).parent for grid in (False, True)]
    assert flat == [tmp_path, tmp_path]


def test_grids_and_legends_have_a1111s_names_and_arguments(app, picture):
    grid = images.image_grid([picture] * 4, rows=2)
    texts = [[images.GridAnnotation("a"), images.GridAnnotation("b", is_active=False)]] * 2

    assert grid.size == (16, 16)
    assert images.draw_grid_annotations(grid, 8, 8, [[images.GridAnnotation()]] * 2, texts, margin=4).size == (26, 20)
    assert images.draw_prompt_matrix(grid, 8, 8, ["first", "one", "two"]).width == 22
    assert images.resize_image(0, picture, 32, 16, "Lanczos").size == (32, 16)
    assert images.get_font(12).size == 12
