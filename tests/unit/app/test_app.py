"""Choosing checkpoints and settings, with real files, good and bad."""

import dataclasses
import shutil

import pytest

from modules.app.app import build_app
from modules.core.errors import CheckpointError, InputError, UnknownNameError
from modules.core.flags import Flags
from modules.generation.request import Txt2ImgRequest
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a cat", "seed": 1, "steps": 1, "width": 64, "height": 64}


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


class House:
    """A data folder to put checkpoints into."""

    def __init__(self, data):
        self.data = data
        self.folder = data / "models" / "Stable-diffusion"
        self.folder.mkdir(parents=True)

    def add_good(self, name):
        shutil.copy(COMMITTED / "tiny-random.safetensors", self.folder / f"{name}.safetensors")
        shutil.copy(COMMITTED / "tiny-random.yaml", self.folder / f"{name}.yaml")

    def add_bad(self, name):
        (self.folder / f"{name}.safetensors").write_text("this is a text")

    def app(self, **flags):
        return build_app(dataclasses.replace(Flags(), data_dir=self.data, use_cpu=("all",), **flags))


def test_without_checkpoints_the_starter_is_used_and_the_page_says_so(house):
    app = house.app()

    assert app.selected_checkpoint().filename == app.paths.starter
    assert str(house.folder) in app.starter_note()
    assert app.recommended()["width"] == 128


def test_a_broken_file_does_not_push_the_starter_out(house):
    house.add_bad("aaa")
    app = house.app()

    assert app.selected_checkpoint().filename == app.paths.starter
    assert app.txt2img(Txt2ImgRequest(**SMALL)).images


def test_a_broken_file_is_passed_over_for_a_good_one(house):
    house.add_bad("aaa")
    house.add_good("zzz")

    assert house.app().selected_checkpoint().name == "zzz.safetensors"
    assert house.app().starter_note() is None
    assert house.app().recommended() == {}


def test_a_checkpoint_that_cannot_be_loaded_leaves_the_one_before(house):
    house.add_good("good")
    house.add_bad("bad")
    app = house.app()
    app.select_checkpoint("good")
    title = app.checkpoint_title()

    with pytest.raises(CheckpointError, match=r"bad\.safetensors"):
        app.select_checkpoint("bad")

    assert app.checkpoint_title() == title
    assert app.txt2img(Txt2ImgRequest(**SMALL)).info["sd_model_name"] == "good"
    assert "bad" not in (house.data / "config.json").read_text()


def test_the_choice_is_remembered(house):
    house.add_good("a")
    house.add_good("b")
    house.app().select_checkpoint("b")

    assert house.app().selected_checkpoint().name == "b.safetensors"


def test_an_unknown_checkpoint_is_refused_as_a_setting_and_ignored_as_an_override(house):
    house.add_good("a")
    app = house.app()

    with pytest.raises(UnknownNameError, match="Checkpoint not found"):
        app.select_checkpoint("nosuch")
    overridden = Txt2ImgRequest(**SMALL, override_settings={"sd_model_checkpoint": "nosuch"})
    assert app.txt2img(overridden).info["sd_model_name"] == "a"


def test_an_override_changes_the_checkpoint_for_one_job(house):
    house.add_good("a")
    house.add_good("b")
    app = house.app()
    app.select_checkpoint("a")

    other = app.txt2img(Txt2ImgRequest(**SMALL, override_settings={"sd_model_checkpoint": "b"}))

    assert other.info["sd_model_name"] == "b"
    assert app.checkpoint_title().startswith("a.safetensors")
    assert app.txt2img(Txt2ImgRequest(**SMALL)).info["sd_model_name"] == "a"


def test_as_many_checkpoints_as_the_setting_says_stay_in_memory(house):
    for name in ("a", "b", "c"):
        house.add_good(name)
    app = house.app()

    def load(name):
        return app.models.get(app.catalog.get(name)).model

    first = load("a")
    assert load("b") is load("b")
    assert load("a") is not first, "the limit is one"
    app.set_options({"sd_checkpoints_limit": 2})
    a, b = load("a"), load("b")
    assert (load("a"), load("b")) == (a, b)
    load("c")
    assert load("b") is b
    last = load("a")
    assert last is not a, "the one used longest ago was let go"
    app.set_options({"sd_checkpoints_limit": 1})
    assert load("a") is last, "a lower limit lets the others go at once, and the one in use stays"
    assert load("b") is not b


@pytest.mark.parametrize(
    "flags",
    [
        {"freeze_settings": True},
        {"freeze_settings_in_sections": "saving-images, sd"},
        {"freeze_specific_settings": "CLIP_stop_at_last_layers"},
    ],
)
def test_frozen_settings_stay(house, flags):
    app = house.app(**flags)

    with pytest.raises(InputError, match="frozen"):
        app.set_options({"CLIP_stop_at_last_layers": 2})


def test_hidden_folders_cannot_be_changed(house):
    app = house.app(hide_ui_dir_config=True)

    with pytest.raises(InputError, match="outdir_txt2img_samples was frozen"):
        app.set_options({"outdir_txt2img_samples": "elsewhere"})
    assert app.set_options({"CLIP_stop_at_last_layers": 2}) == ["CLIP_stop_at_last_layers"]
    overlaid = app.settings({"outdir_txt2img_samples": "elsewhere", "CLIP_stop_at_last_layers": 3})
    assert overlaid.values["outdir_txt2img_samples"] == "outputs/txt2img-images"
    assert overlaid.values["CLIP_stop_at_last_layers"] == 3


def test_medvram_makes_the_same_picture(house):
    house.add_good("a")
    request = Txt2ImgRequest(**SMALL)
    plain = house.app().txt2img(request).images[0].image.tobytes()

    for flags in ({"medvram": True}, {"lowvram": True}):
        assert house.app(**flags).txt2img(request).images[0].image.tobytes() == plain
