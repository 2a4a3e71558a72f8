"""Jobs of the Extras tab: batches, names of files, what is kept in them, and bad input."""

import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from modules.app.app import build_app
from modules.app.extras import ExtrasRequest, Source, pictures_in, run_extras
from modules.core.errors import InputError, StorageError
from modules.core.flags import Flags
from modules.enhance.extras.captioning import CaptionValues
from modules.enhance.extras.flipping import FlipValues
from modules.enhance.extras.upscaling import UpscaleValues
from tests.unit.enhance.tiny_describers import WORDS, save_blip
from tests.unit.enhance.tiny_taggers import save_onnx_tagger

DOUBLED = {"Upscale": UpscaleValues(factor=2, upscaler_1="Nearest")}


@pytest.fixture
def app(tmp_path):
    return build_app(Flags(data_dir=tmp_path, use_cpu=("all",)))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def saved(app):
    return sorted(path.name for path in (app.paths.data / "outputs" / "extras-images").glob("*"))


def encoded(image, kind, **more):
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


PICTURE = Image.linear_gradient("L").resize((16, 24)).convert("RGB")


def test_a_single_picture_is_numbered_and_keeps_its_parameters(app):
    source = PICTURE.copy()
    source.info = {"parameters": "a cat\nSteps: 20, Seed: 7", "workflow": "{}"}
    result = run_extras(app, [Source(source)], ExtrasRequest(DOUBLED))

    assert saved(app) == ["00000.png"]
    texts = Image.open(result.images[0].path).info
    assert texts["parameters"] == "a cat\nSteps: 20, Seed: 7" and texts["workflow"] == "{}"
    assert texts["extras"] == texts["postprocessing"] == "Postprocess upscale by: 2, Postprocess upscaler: Nearest"
    assert Image.open(result.images[0].path).size == (32, 48)


def test_a_batch_keeps_names_or_numbers_them(app):
    sources = [Source(PICTURE.copy(), name) for name in ("ünï 1.png", "[seed].jpg")]
    run_extras(app, sources, ExtrasRequest(DOUBLED))
    assert saved(app) == ["[seed].png", "ünï 1.png"]

    app.set_options({"use_upscaler_name_as_suffix": True})
    run_extras(app, sources[:1], ExtrasRequest(DOUBLED | {"Create flipped copies": FlipValues()}))
    assert {"ünï 1-Nearest.png", "ünï 1-flip-horizontal-Nearest.png"} <= set(saved(app))

    app.set_options({"use_original_name_batch": False})
    run_extras(app, sources[:1], ExtrasRequest(DOUBLED))
    assert "00000-Nearest.png" in saved(app)


def test_pictures_of_a_batch_whose_names_differ_in_the_extension_do_not_replace_each_other(app):
    sources = [Source(PICTURE.copy(), name) for name in ("a.png", "a.jpg", "b.png")]
    run_extras(app, sources, ExtrasRequest(DOUBLED))
    run_extras(app, sources[:1], ExtrasRequest(DOUBLED))

    assert saved(app) == ["a-1.png", "a.png", "b.png"]


def test_nothing_is_written_over_the_pictures_of_the_folder_itself(app, folder):
    PICTURE.save(folder / "a.png")
    before = (folder / "a.png").read_bytes()
    run_extras(app, pictures_in(str(folder)), ExtrasRequest(DOUBLED, folder=folder))

    assert (folder / "a.png").read_bytes() == before
    assert Image.open(folder / "a-1.png").size == (32, 48)


def test_a_batch_goes_on_past_files_that_are_none(app, folder):
    PICTURE.save(folder / "good.png")
    (folder / "cut.png").write_bytes((folder / "good.png").read_bytes()[:40])
    (folder / "empty.jpg").touch()
    (folder / "page.webp").write_text("<html>")
    (folder / "drawing.svg").write_text("<svg/>")
    Image.fromarray(np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)).save(folder / "deep.png")
    PICTURE.convert("CMYK").save(folder / "print.jpg")
    PICTURE.save(folder / "moving.gif", save_all=True, append_images=[PICTURE.rotate(90)])
    result = run_extras(app, pictures_in(str(folder)), ExtrasRequest(DOUBLED))

    assert saved(app) == ["deep.png", "good.png", "moving.png", "print.png"]
    assert [line.split(":")[0] for line in result.comments[:3]] == ["cut.png", "empty.jpg", "page.webp"]
    assert "moving.gif is animated; only its first frame was used." in result.comments
    assert Image.open(app.paths.data / "outputs" / "extras-images" / "deep.png").convert("L").getextrema() == (0, 255)


def test_when_no_picture_of_a_batch_can_be_used_that_is_an_error(app, folder):
    (folder / "a.png").touch()
    (folder / "b.png").touch()
    with pytest.raises(InputError, match=r"None of the 2 pictures could be worked on\. a\.png: This is no image"):
        run_extras(app, pictures_in(str(folder)), ExtrasRequest(DOUBLED))


@pytest.mark.parametrize("named", ["", "   ", "no such folder", "\0", "file"])
def test_folders_that_cannot_be_used_are_told(named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="Input directory"):
        pictures_in(named)
    with pytest.raises(InputError, match="there are no pictures in"):
        pictures_in("empty")


def test_an_output_folder_that_cannot_be_written_ends_the_job(app, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Cannot save the image"):
        run_extras(app, [Source(PICTURE, "a"), Source(PICTURE, "b")], ExtrasRequest(DOUBLED, folder=tmp_path / "file"))


def test_no_picture_is_told(app):
    with pytest.raises(InputError, match="There is no picture"):
        run_extras(app, [], ExtrasRequest(DOUBLED))


def test_an_interrupt_keeps_what_is_done_and_skip_goes_on_with_the_next(app):
    def stop_at(number, action):
        done = iter(range(10))
        work = app.queue.run

        def run(job, task_id=None, kind=""):
            def watched(progress):
                begin = progress.begin_sampling

                def began(steps):
                    begin(steps)
                    if steps == 0 and next(done) == number:
                        getattr(progress, action)()

                progress.begin_sampling = began
                return job(progress)

            return work(watched, task_id, kind)

        return run

    sources = [Source(PICTURE.copy(), f"{number}.png") for number in range(3)]
    original = app.queue.run
    app.queue.run = stop_at(1, "skip")
    run_extras(app, sources, ExtrasRequest(DOUBLED))
    assert saved(app) == ["0.png", "2.png"]
    app.queue.run = original
    app.queue.run = stop_at(0, "interrupt")
    assert run_extras(app, sources, ExtrasRequest(DOUBLED)).interrupted
    assert saved(app) == ["0.png", "2.png"]


def test_results_that_are_not_to_be_shown_are_saved_all_the_same(app):
    result = run_extras(app, [Source(PICTURE)], ExtrasRequest(DOUBLED, shows=False))
    assert result.images == () and saved(app) == ["00000.png"]


def test_the_orientation_of_a_photograph_is_kept(app):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    result = run_extras(app, [Source(encoded(PICTURE, "JPEG", exif=exif))], ExtrasRequest(DOUBLED, saves=False))
    assert result.images[0].image.size == (48, 32)
    assert json.dumps(result.info)


def test_a_folder_that_may_not_be_read_is_told(folder):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    folder.chmod(0)
    with pytest.raises(InputError, match="cannot read the folder"):
        pictures_in(str(folder))


def test_a_caption_goes_beside_its_picture_joined_as_the_setting_wants(app, folder):
    save_blip(app.paths.models / "BLIP")
    save_onnx_tagger(app.paths.models / "torch_deepdanbooru")
    app.set_options({"interrogate_clip_min_length": 4, "interrogate_clip_max_length": 8})
    (folder / "one.png").write_bytes(encoded(PICTURE, "PNG"))
    request = ExtrasRequest({"Caption": CaptionValues(("BLIP",))})
    written = app.paths.data / "outputs" / "extras-images" / "one.txt"
    run_extras(app, pictures_in(str(folder)), request)
    words = written.read_text(encoding="utf-8")
    assert words and set(words.split()) <= set(WORDS)
    for action, expected in (
        ("Prepend", f"old {words}"),
        ("Append", f"{words} old"),
        ("Keep", "old"),
        ("Ignore", words),
    ):
        written.write_text("old", encoding="utf-8")
        app.set_options({"postprocessing_existing_caption_action": action, "save_images_replace_action": "Replace"})
        run_extras(app, pictures_in(str(folder)), request)
        assert written.read_text(encoding="utf-8") == expected, action
    tags = r"blue sky \(day\), o_o, very red"  # a grey picture on a white square
    for writers, expected in ((("Deepbooru",), tags), (("BLIP", "Deepbooru"), f"{tags}, {words}")):
        run_extras(app, pictures_in(str(folder)), ExtrasRequest({"Caption": CaptionValues(writers)}))
        assert written.read_text(encoding="utf-8") == expected
