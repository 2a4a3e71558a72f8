"""The flow with the tiny checkpoint: progress, interrupting, skipping, saving."""

import dataclasses

import pytest
from PIL import Image

from modules.app.app import build_app
from modules.core.errors import DeviceMemoryError, StorageError
from modules.core.flags import Flags
from modules.core.progress import Progress
from modules.generation.job import start_job
from modules.generation.request import Txt2ImgRequest
from modules.generation.run import generate
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a cat", "seed": 1, "steps": 4, "width": 64, "height": 64, "sampler_name": "Euler a"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    flags = dataclasses.replace(Flags(), data_dir=data, ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",))
    return build_app(flags)


class Watch(Progress):
    """Progress that acts at a step."""

    def __init__(self, **at):
        super().__init__("task")
        self.at, self.steps = at, []

    def step_done(self, step):
        super().step_done(step)
        self.steps.append((self.job_no, step))
        for action, when in self.at.items():
            if (self.job_no, step) == when:
                getattr(self, action)()


def run(app, progress, settings=None, **changes):
    request = Txt2ImgRequest(**{**SMALL, **changes, "override_settings": settings or {}})
    return generate(start_job(request, app, progress))


def test_counts_every_step_of_every_batch(app):
    progress = Watch()
    result = run(app, progress, n_iter=2)

    assert progress.steps == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4)]
    assert [image.seed for image in result.images] == [1, 2]
    assert progress.fraction == 1


def test_interrupt_takes_effect_within_the_step_and_gives_the_unfinished_picture(app):
    progress = Watch(interrupt=(0, 2))
    result = run(app, progress, n_iter=3, steps=100, save_images=True)

    assert progress.steps == [(0, 1), (0, 2)]
    assert result.interrupted
    assert len(result.images) == 1
    assert result.images[0].path is None


def test_an_interrupted_picture_is_saved_if_the_settings_say_so(app):
    settings = {"save_incomplete_images": True}
    result = run(app, Watch(interrupt=(0, 2)), settings, save_images=True)

    assert result.images[0].path.is_file()


def test_skip_goes_on_with_the_next_batch(app):
    progress = Watch(skip=(0, 1))
    result = run(app, progress, n_iter=2)

    assert progress.steps == [(0, 1), (1, 1), (1, 2), (1, 3), (1, 4)]
    assert len(result.images) == 2
    assert not result.interrupted


def test_stop_after_current_finishes_the_batch(app):
    progress = Watch(stop_after_current=(0, 1))
    result = run(app, progress, n_iter=3)

    assert len(progress.steps) == 4
    assert len(result.images) == 1


def test_previews_show_the_unfinished_picture(app):
    seen = []

    class Looking(Watch):
        def step_done(self, step):
            super().step_done(step)
            if preview := self.preview():
                seen.append((preview.id, preview.image.size))

    run(app, Looking(), batch_size=2)

    assert seen == [(1, (128, 64)), (2, (128, 64)), (3, (128, 64))]


def test_saved_files_carry_their_parameters(app):
    result = run(app, Watch(), save_images=True, batch_size=2)

    for image, number in zip(result.images, ("00000", "00001"), strict=True):
        assert image.path.name.endswith(f"-{image.seed}.png")
        assert image.path.name >= number
        assert Image.open(image.path).text["parameters"] == image.infotext
    assert result.grid.path.name.startswith("grid-")
    assert result.info["index_of_first_image"] == 1
    assert (app.paths.data / "params.txt").read_text(encoding="utf-8") == result.images[0].infotext


def test_nothing_is_written_unless_asked(app, tmp_path):
    before = set(app.paths.data.rglob("*.png"))
    run(app, Watch())

    assert set(app.paths.data.rglob("*.png")) == before


def test_an_image_is_the_same_alone_and_in_a_batch(app):
    batch = run(app, Watch(), batch_size=3)
    alone = run(app, Watch(), seed=2)

    difference = [
        abs(a - b) for a, b in zip(batch.images[1].image.tobytes(), alone.images[0].image.tobytes(), strict=True)
    ]
    assert max(difference) <= 1


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(app, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings = {"outdir_txt2img_samples": str(tmp_path / "file" / "sub")}

    with pytest.raises(StorageError, match="Cannot save"):
        run(app, Watch(), settings, save_images=True)
    assert run(app, Watch()).images


def test_a_size_that_does_not_fit_is_refused_before_it_is_tried(app, monkeypatch):
    monkeypatch.setattr("modules.generation.run.device_memory", lambda _device: type("Memory", (), {"free": 1000}))

    with pytest.raises(DeviceMemoryError, match="smaller size"):
        run(app, Watch())


def test_settings_of_a_job_do_not_leak(app):
    assert "Clip skip: 2" in run(app, Watch(), {"CLIP_stop_at_last_layers": 2}).images[0].infotext
    assert "Clip skip" not in run(app, Watch()).images[0].infotext
