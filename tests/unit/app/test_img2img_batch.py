"""Batches of files, with the real flow and the tiny model."""

import dataclasses
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from modules.app.app import build_app
from modules.app.img2img_batch import make_for, process_batch
from modules.app.script_call import ScriptCall
from modules.core.errors import InputError, StorageError
from modules.core.flags import Flags
from modules.core.progress import Progress
from modules.generation.img2img_batch import PROPERTIES, Img2ImgBatch, run_img2img_batch
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.picture_files import list_folder
from modules.imaging.infotext import parse_infotext
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext
from modules.plugins.loading import ScriptClassData
from modules.plugins.runner import ScriptRunner
from modules.plugins.script import AlwaysVisible, Script
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a cat", "seed": 7, "steps": 2, "width": 64, "height": 64, "save_images": True, "mask_blur": 0}
MASK = {"inpaint_full_res": False, "inpainting_fill": 1}
RECIPE = "a dog\nNegative prompt: bad\nSteps: 3, Sampler: Euler a, CFG scale: 2.5, Seed: 99, Size: 64x64"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "models" / "Stable-diffusion").mkdir(parents=True)
    for file in COMMITTED.glob("tiny-random.*"):
        shutil.copy(file, folder / "models" / "Stable-diffusion")
    return build_app(dataclasses.replace(Flags(), data_dir=folder, use_cpu=("all",)))


@pytest.fixture
def batch(tmp_path):
    """A batch of what is in the folder `in`: three pictures and a broken one; others may be changed."""
    source = tmp_path / "in"
    source.mkdir()
    for i, name in enumerate(("1.png", "2.jpg", "10.png")):
        picture(i).save(source / name)
    (source / "3.png").write_bytes(b"this is no picture")

    def made(request=None, **more):
        request = Img2ImgRequest(init_images=(Image.new("RGB", (8, 8)),), **{**SMALL, **(request or {})})
        pictures = list_folder(source, "Input directory").pictures
        return Img2ImgBatch(request=request, pictures=pictures, **{"output": tmp_path / "out", **more})

    return made


def picture(seed, size=(64, 64)):
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize(size)


def save_with(path, parameters):
    path.write_bytes(encode_image(picture(0), "png", parameters))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_results_keep_their_names_and_a_broken_file_ends_nothing(app, batch, tmp_path):
    result = process_batch(app, batch(notes=("Left out, as no pictures: a.txt.",)))
    assert names(tmp_path / "out") == ["1.png", "10.png", "2.png"]
    assert [image.path.name for image in result.images] == ["1.png", "2.png", "10.png"]
    assert result.comments[0].startswith("3 of 4 files done; saved in")
    assert result.comments[1] == "Left out, as no pictures: a.txt."
    assert result.comments[2].startswith("3.png: This is no image that can be read")
    assert {image.seed for image in result.images} == {7}, "one seed for all"
    assert result.info["all_seeds"] == [7, 7, 7]

    process_batch(app, batch())
    assert names(tmp_path / "out") == ["1-1.png", "1.png", "10-1.png", "10.png", "2-1.png", "2.png"], "none is replaced"


def test_without_an_output_folder_results_are_saved_as_usual(app, batch):
    result = process_batch(app, batch(output=None, shown=2))
    assert len(result.images) == 2, "as many as are to be shown"
    folder = result.images[0].path.parent
    assert folder.parent.name == "img2img-images"
    assert names(folder) == ["00000-7.png", "00001-7.png", "00002-7.png"], "but all are saved"

    app.set_options({"img2img_batch_use_original_name": True})
    again = process_batch(app, batch(output=None))
    app.set_options({"img2img_batch_use_original_name": False})
    assert [image.path.name for image in again.images] == ["1.png", "2.png", "10.png"]


def test_several_results_of_a_file_are_numbered_and_make_no_grid(app, batch, tmp_path):
    result = process_batch(app, batch({"n_iter": 2, "steps": 1}))
    assert names(tmp_path / "out") == ["1-1.png", "1-2.png", "10-1.png", "10-2.png", "2-1.png", "2-2.png"]
    assert result.grid is None


def test_each_picture_has_the_mask_of_its_name(app, batch, tmp_path):
    (tmp_path / "masks").mkdir()
    left, all_of_it = Image.new("L", (32, 32)), Image.new("L", (64, 64), 255)
    left.paste(255, (0, 0, 16, 32))
    left.save(tmp_path / "masks" / "1.png")
    all_of_it.save(tmp_path / "masks" / "2.webp", lossless=True)
    masks = list_folder(tmp_path / "masks", "masks").pictures
    result = process_batch(app, batch({**MASK, "denoising_strength": 1.0}, masks=masks))
    assert names(tmp_path / "out") == ["1.png", "2.png"]
    assert "10.png: there is no mask of that name; left out." in result.comments
    changed = np.abs(np.asarray(result.images[0].image, int) - np.asarray(picture(0), int)).max(axis=2)
    assert changed[:, 34:].max() == 0, "the mask, resized to the picture, holds"
    assert changed[:, :30].mean() > 5

    one = process_batch(app, batch({**MASK, "denoising_strength": 1.0}, masks=masks[:1]))
    assert len(one.images) == 3, "a single mask is for all"


def test_chosen_parameters_are_taken_from_the_pictures(app, batch, tmp_path):
    save_with(tmp_path / "in" / "1.png", RECIPE)
    properties = frozenset(PROPERTIES) - {"Model hash", "Seed"}
    made = process_batch(app, batch(properties=properties)).images
    first, second = (parse_infotext(read_infotext(load_image(image.path)).infotext) for image in made[:2])
    assert (first["Prompt"], first["Negative prompt"], first["Steps"]) == ("a cat a dog", "bad", "3")
    assert (first["Sampler"], first["CFG scale"], first["Seed"]) == ("Euler a", "2.5", "7")
    assert (second["Prompt"], second["Steps"]) == ("a cat", "2")


def test_a_model_that_is_not_here_leaves_its_picture_out(app, batch, tmp_path):
    save_with(tmp_path / "in" / "1.png", f"{RECIPE}, Model hash: 0123456789")
    result = process_batch(app, batch(properties=frozenset({"Model hash"})))
    assert names(tmp_path / "out") == ["10.png", "2.png"]
    assert any("its model (0123456789) is not here" in line for line in result.comments)


def test_each_picture_may_be_scaled_by_its_own_size(app, batch, tmp_path):
    picture(0, (96, 48)).save(tmp_path / "in" / "1.png")
    assert [image.image.size for image in process_batch(app, batch(scale=1.5)).images] == [
        (144, 72),
        (96, 96),
        (96, 96),
    ]


class AskedAt(Progress):
    """Is asked to skip or to end when a step of a file is done, as by a person's click."""

    def __init__(self, job, ask):
        super().__init__("task")
        self.job, self.ask = job, ask
        self.said = []

    def step_done(self, step):
        super().step_done(step)
        self.said.append((self.text, self.more_to_come))
        if self.job_no == self.job and step == 1:
            getattr(self, self.ask)()


def test_skip_goes_on_with_the_next_file(app, batch, tmp_path):
    progress = AskedAt(1, "skip")
    result = run_img2img_batch(batch(), make_for(app, batch()), progress)
    assert names(tmp_path / "out") == ["1.png", "10.png"]
    assert "2.jpg: skipped" in result.comments and not result.interrupted
    assert progress.said[0] == ("1 out of 4", True) and progress.said[-1] == ("4 out of 4", False)
    assert progress.job_count == 4


@pytest.mark.parametrize(("ask", "kept"), [("interrupt", ["1.png"]), ("stop_after_current", ["1.png", "2.png"])])
def test_interrupt_ends_the_batch(app, batch, tmp_path, ask, kept):
    result = run_img2img_batch(batch(), make_for(app, batch()), AskedAt(1, ask))
    assert names(tmp_path / "out") == kept
    assert result.interrupted and result.comments[0].startswith(f"{len(kept)} of 4 files done")


def test_nothing_that_can_be_used_is_one_sentence(app, batch, tmp_path):
    for name in ("1.png", "2.jpg", "10.png"):
        (tmp_path / "in" / name).write_bytes(b"no")
    with pytest.raises(InputError, match=r"^None of 4 files could be used: 1\.png: This is no image"):
        process_batch(app, batch())


def test_a_folder_that_cannot_be_written_ends_it_at_once(app, batch, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        process_batch(app, batch(output=tmp_path / "file" / "out"))


class Darkens(Script):
    """Always there; tells the seed of each file's job, and turns its picture dark."""

    def title(self):
        return "Darkens"

    def show(self, is_img2img):
        return AlwaysVisible

    def process(self, p, *args):
        p.comment(f"seed {p.all_seeds[0]}")

    def postprocess_image(self, p, pp, *args):
        pp.image = pp.image.point(lambda value: value // 8)


def test_scripts_take_part_in_the_job_of_each_file(app, batch):
    runner = ScriptRunner([ScriptClassData(Darkens, __file__, "", sys.modules[__name__])], is_img2img=True)
    for script in runner.alwayson_scripts:
        runner.add_controls(script, [])
    result = process_batch(app, batch(), scripts=ScriptCall(runner, [0]))
    assert len(result.images) == 3 and "seed 7" in result.comments
    assert all(np.asarray(image.image).max() < 32 for image in result.images)
