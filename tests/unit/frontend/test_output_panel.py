"""What is shown of a finished job."""

import json

import pytest
from PIL import Image

from modules.frontend.components.output_panel import format_seconds, log_html, result_values
from modules.generation.result import GeneratedImage, Result
from modules.imaging.metadata import read_infotext


def picture(seed, path=None):
    return GeneratedImage(Image.new("RGB", (8, 8)), seed, -1, "a", "", f"a\nSeed: {seed}", path)


def test_saved_pictures_are_shown_by_their_files(tmp_path):
    saved = tmp_path / "00000-5.png"
    picture(5).image.save(saved)
    gallery, info, _ = result_values(
        Result((picture(5, saved),), {"seed": 5}), show_grid=True, temporary_folder=tmp_path / "tmp"
    )
    assert gallery["value"] == [str(saved)] and gallery["selected_index"] == 0
    assert json.loads(info)["infotexts"] == ["a\nSeed: 5"]
    assert not (tmp_path / "tmp").exists()


@pytest.mark.parametrize("path", [None, "gone.png"])
def test_pictures_that_are_in_no_file_are_written_with_their_infotext(tmp_path, path):
    image = picture(5, tmp_path / path if path else None)
    gallery, _, _ = result_values(Result((image,), {}), show_grid=True, temporary_folder=tmp_path / "tmp")
    with Image.open(gallery["value"][0]) as shown:
        assert read_infotext(shown).infotext == "a\nSeed: 5"


@pytest.mark.parametrize(("show_grid", "seeds"), [(True, [1, 1, 2]), (False, [1, 2])])
def test_the_grid_comes_first_if_it_is_wanted(tmp_path, show_grid, seeds):
    result = Result((picture(1), picture(2)), {}, grid=picture(1))
    gallery, info, _ = result_values(result, show_grid=show_grid, temporary_folder=tmp_path)
    details = json.loads(info)
    assert details["gallery_seeds"] == seeds
    assert details["index_of_first_image"] == len(seeds) - 2
    assert len(gallery["value"]) == len(seeds)


def test_a_job_without_pictures_selects_none(tmp_path):
    gallery, _, _ = result_values(Result((), {}, interrupted=True), show_grid=True, temporary_folder=tmp_path)
    assert gallery["value"] == [] and gallery["selected_index"] is None


def test_comments_and_the_time_are_said_escaped():
    text = log_html(Result((), {}, comments=("<b>careful</b>",), seconds=64.25, interrupted=True))
    assert "&lt;b&gt;careful" in text
    assert "1 min. 4.2 sec." in text
    assert "Interrupted" in text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0.0 sec."), (59.9, "59.9 sec."), (125, "2 min. 5.0 sec.")])
def test_times_are_written_as_in_a1111(seconds, text):
    assert format_seconds(seconds) == text
